"""Participants as those who may see them find them: by who decides for them; everyone else's are not there."""

from django.db.models import QuerySet

from consent.models import ConsentEvent, Decider
from governance.domain.errors import NotThere
from governance.models import User


def deciding_for(person: User) -> QuerySet[Decider]:
    """For whom somebody decides now and in what capacity: each row with its participant, and what pages show of them.

    The one place that says so, for every page, interface and permission. Who was ended is out from then on.
    """
    if not person.is_authenticated:
        return Decider.objects.none()
    return (
        Decider.objects.filter(account=person, until=None)
        .select_related("participant__programme__organisation", "participant__state__profile", "account")
        .order_by("participant__programme__name", "pk")
    )


def deciding(person: User, participant: str) -> Decider:
    """By what right somebody decides for this participant.

    Raises NotThere for anyone who does not, whether there is such a participant or not.
    """
    found = deciding_for(person).filter(participant=participant).first()
    if found is None:
        raise NotThere("there is nobody of this address for whom you decide")
    return found


def history_of(decider: Decider) -> QuerySet[ConsentEvent]:
    """Every event of the participant, the newest first; a withdrawal hides nothing."""
    return (
        ConsentEvent.objects.filter(participant=decider.participant)
        .select_related("form_version__form")
        .defer("form_version__content")
        .order_by("-sequence")
    )


def own_event(decider: Decider, uuid: str) -> ConsentEvent:
    """One event of the participant."""
    found = history_of(decider).filter(uuid=uuid).first()
    if found is None:
        raise NotThere("there is no such receipt among yours")
    return found
