"""Whether a person signs in with a second factor, which everyone needs who is to receive a visa."""

from allauth.mfa.utils import is_mfa_enabled

from governance.models import Installation, User


def has_second_factor(person: User) -> bool:
    """A person with a second factor is asked for it at every sign-in; in a demo world one click counts as one."""
    return is_mfa_enabled(person) or Installation.objects.filter(demo=True).exists()
