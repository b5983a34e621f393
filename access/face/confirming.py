"""The page before what cannot be undone: what will happen, what stays, and two buttons of the same weight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from governance.face.look import Words


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is asked before it is done. `back` is the page that one came from; `hidden` goes with the answer."""

    title: Words
    lead: Words
    act: Words
    action: str
    back: str
    kicker: str = ""
    lines: Sequence[Words] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)


def confirm_page(http: HttpRequest, asked: Confirmation, form: Any = None) -> HttpResponse:
    """The page; `form` holds what must be written down with it, and why it was refused where it was."""
    status = 422 if form is not None and form.errors else 200
    return render(http, "access/confirm.html", {"asked": asked, "form": form}, status=status)
