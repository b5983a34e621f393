"""Accounts as tests use them: signed in, with a second factor."""

from allauth.mfa.models import Authenticator
from django.test import Client

from governance.models import User


def signed_in(person: User) -> Client:
    """A browser without JavaScript in which the person is signed in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def second_factor(of: User) -> User:
    """The person has set up a second factor, as their role demands of everyone who signs in with it."""
    Authenticator.objects.create(user=of, type=Authenticator.Type.TOTP, data={})
    return of
