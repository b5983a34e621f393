"""Sessions end with the rights that they began with."""

from django.db.models import F

from governance.models import User


def end_sessions(*, of: User) -> None:
    """Let everything that a person has open ask for a sign-in; called in the transaction of the cause.

    What a session may do is settled when it begins: a right that ended is in no browser any more, and a role that demands
    a second factor gets one.
    """
    User.objects.filter(pk=of.pk).update(sessions_ended=F("sessions_ended") + 1)
    of.refresh_from_db(fields=["sessions_ended"])
