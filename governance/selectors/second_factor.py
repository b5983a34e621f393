"""Whether a person signs in with a second factor, which everyone needs who is to receive a visa."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.db.models import BooleanField, Exists, ExpressionWrapper, Q

from governance.models import Installation, User


def has_second_factor(person: User) -> bool:
    """A person with a second factor is asked for it at every sign-in; in a demo world one click counts as one."""
    return is_mfa_enabled(person) or Installation.objects.filter(demo=True).exists()


def second_factor_of(person: User) -> "ExpressionWrapper[Q]":
    """The same as an expression, for a query that asks for more than that."""
    either = Q(Exists(Authenticator.objects.filter(user=person))) | Q(Exists(Installation.objects.filter(demo=True)))
    return ExpressionWrapper(either, output_field=BooleanField())
