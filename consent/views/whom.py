"""Whom a page concerns, what every page shows of them, and old addresses, which named the programme alone."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent import vault
from consent.models import Decider
from consent.selectors.participants import deciding_for
from governance.domain.errors import NotThere
from governance.face.words import isolated
from governance.views.signed_in import SignedIn


class ParticipantId:
    """A participant's id in an address."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ProgrammeSlug(ParticipantId):
    """A programme's short name in an address, which no participant's id is."""

    regex = "(?![0-9a-f]{32}/)[-a-zA-Z0-9_]+"


class HttpResponseSameMethod(HttpResponseRedirect):
    """To another address with the same method and fields: a form that was open before is not lost."""

    status_code = 307


def whom(decider: Decider) -> dict[str, Any]:
    """What every page on a participant shows of whom it concerns; `whose` is "" where they read it themselves.

    `decides_for_others`, asked on pages about somebody else: whether the reader has others to choose from.
    """
    participant = decider.participant
    own = decider.capacity == Decider.Capacity.SELF
    return {
        "decider": decider,
        "participant": participant,
        "programme": participant.programme,
        "whose": "" if own else name_of(decider),
        "decides_for_others": not own and _decides_for_others(decider),
    }


def _decides_for_others(decider: Decider) -> bool:
    """Whether who decides here does so for somebody else too, so that there is somebody to choose."""
    account = decider.account
    return account is not None and deciding_for(account).exclude(pk=decider.pk).exists()


def name_of(decider: Decider) -> str:
    """The participant's name as the programme has it, for who decides for them."""
    known = vault.known(decider.participant)
    return isolated(known.name) if known and known.name else _("Somebody without a name on record")


@dataclass(frozen=True, slots=True)
class WhomChoice:
    """One of several whom an address may mean: `name` is "" for the reader."""

    name: str
    programme: str
    href: str


def place(decider: Decider, href: str) -> WhomChoice:
    """A participant as one to choose."""
    own = decider.capacity == Decider.Capacity.SELF
    return WhomChoice("" if own else name_of(decider), decider.participant.programme.name, href)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_programme(request: SignedIn, programme: str, rest: str = "") -> HttpResponse:
    """An address that names the programme: leads to the one participant whom it means, or asks which of several."""
    found = list(deciding_for(request.user).filter(participant__programme__slug=programme))
    if not found:
        raise NotThere("there is no such programme among yours")
    hrefs = [reverse("consent_start", args=[one.participant_id]) + rest for one in found]
    if len(found) == 1:
        return HttpResponseSameMethod(hrefs[0]) if request.method == "POST" else HttpResponseRedirect(hrefs[0])
    return render(request, "consent/choose.html", {"places": [place(*pair) for pair in zip(found, hrefs, strict=True)]})
