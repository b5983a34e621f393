"""Participants as those who may see them find them: own ones by account, everyone else's are not there."""

from django.db.models import QuerySet

from consent.models import ConsentEvent, Participant
from governance.domain.errors import NotThere
from governance.models import User


def participations_of(person: User) -> QuerySet[Participant]:
    """The programmes that a person takes part in, each as one participant; those of all programmes together."""
    if not person.is_authenticated:
        return Participant.objects.none()
    return (
        Participant.objects.filter(account=person)
        .select_related("programme__organisation", "state__profile", "account")
        .order_by("programme__name")
    )


def own_participant(person: User, programme: str) -> Participant:
    """The person's own participation in a programme.

    Raises NotThere for any other, whether it exists or not.
    """
    found = participations_of(person).filter(programme__slug=programme).first()
    if found is None:
        raise NotThere("there is no such programme among yours")
    return found


def history_of(participant: Participant) -> QuerySet[ConsentEvent]:
    """Every event of a participant, the newest first; a withdrawal hides nothing."""
    return (
        ConsentEvent.objects.filter(participant=participant)
        .select_related("form_version__form")
        .defer("form_version__content")
        .order_by("-sequence")
    )


def own_event(participant: Participant, uuid: str) -> ConsentEvent:
    """One event of the participant's own."""
    found = history_of(participant).filter(uuid=uuid).first()
    if found is None:
        raise NotThere("there is no such receipt among yours")
    return found
