"""A request of somebody who signed in: what a view under `login_required` is handed."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from governance.models import User


class SignedIn(HttpRequest):
    """For annotations alone: whoever asks has an account, so that a service takes them as who acts."""

    user: User
    htmx: HtmxDetails
