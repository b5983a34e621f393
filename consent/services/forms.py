"""Form versions: drafted, proposed, and published by a second person, who freezes every text and rule
under one SHA-256.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction

from consent.domain.forms import FormText
from consent.domain.publishing import PublishingProblem, check_publishable
from consent.models import Form, FormVersion, Programme
from consent.selectors.forms import parse_content
from consent.services.coordinators import require_coordinator
from consent.services.declared import refuse_missing_languages
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.duo.reading import InvalidUse as InvalidForm
from governance.models import User
from governance.record import audit


def read_form(content: dict[str, Any]) -> FormText:
    """The form that the content holds. Raises Invalid with the path to what is wrong."""
    try:
        return parse_content(content)
    except InvalidForm as wrong:
        raise Invalid(f"the form is not valid: {wrong}", {wrong.field: wrong.message}) from wrong


@lru_cache(maxsize=16)
def _problems(text: FormText) -> tuple[PublishingProblem, ...]:
    # Proposing and publishing ask the same question about the same bytes; forms are equal by their hash.
    return tuple(check_publishable(text))


def refuse_unless_publishable(text: FormText) -> None:
    """Raise Invalid with every problem that the kernel finds, each with the answers that show it."""
    problems = _problems(text)
    if problems:
        fields = {f"{problem.code}.{number}": _said(problem) for number, problem in enumerate(problems, start=1)}
        raise Invalid(f"the form cannot be published: {_said(problems[0])}", fields)


def _said(problem: PublishingProblem) -> str:
    shown = ", ".join(f"{key} = {value}" for key, value in problem.shown)
    return f"{problem.message} ({shown})" if shown else problem.message


def _locked(version: FormVersion) -> FormVersion:
    return (
        FormVersion.objects.select_for_update(of=("self",), no_key=True)
        .select_related("form__programme")
        .get(pk=version.pk)
    )


def _check_number(text: FormText, number: int) -> None:
    # Events name a version as `key@version`: the name must be the one of this row, and of no other.
    if text.version != str(number):
        raise Invalid(f"the text calls itself version {text.version}", {"version": f"write {number}"})


def _audit(kind: Kind, version: FormVersion, by: User, now: datetime) -> None:
    about = Subject("form_version", f"{version.form.programme.slug}/{version.form.key}@{version.number}")
    audit.record(kind, by=by, about=about, now=now, detail={"sha256": version.sha256} if version.sha256 else {})


@transaction.atomic
def draft(*, programme: Programme, content: dict[str, Any], by: User, now: datetime) -> FormVersion:
    """Begin a new version of the form that the content names; the form itself is made with its first version."""
    require_coordinator(by, programme)
    text = read_form(content)
    form, _made = Form.objects.select_for_update(no_key=True).get_or_create(programme=programme, key=text.key)
    newest = form.versions.first()
    number = 1 if newest is None else newest.number + 1
    _check_number(text, number)
    version = FormVersion.objects.create(form=form, number=number, content=content, drafted_by=by, drafted_at=now)
    _audit(Kind.FORM_DRAFTED, version, by, now)
    return version


@transaction.atomic
def change_draft(*, version: FormVersion, content: dict[str, Any], by: User, now: datetime) -> FormVersion:
    """Replace a draft's text.

    What was proposed goes back to a draft, so that nobody publishes what they did not see.
    """
    locked = _locked(version)
    require_coordinator(by, locked.form.programme)
    if locked.state not in (FormVersion.State.DRAFT, FormVersion.State.PROPOSED):
        raise Conflict("a published version cannot be edited: draft a new version")
    text = read_form(content)
    if text.key != locked.form.key:
        raise Invalid("the text belongs to another form", {"key": f"write {locked.form.key}"})
    _check_number(text, locked.number)
    locked.content, locked.drafted_by, locked.drafted_at = content, by, now
    locked.state, locked.proposed_by, locked.proposed_at = FormVersion.State.DRAFT, None, None
    locked.save()
    _audit(Kind.FORM_DRAFTED, locked, by, now)
    return locked


@transaction.atomic
def propose(*, version: FormVersion, by: User, now: datetime) -> FormVersion:
    """Propose a draft for publishing: the first of the two people."""
    locked = _locked(version)
    require_coordinator(by, locked.form.programme)
    if locked.state != FormVersion.State.DRAFT:
        raise Conflict(f"the version is {locked.state}: only a draft can be proposed")
    text = read_form(locked.content)
    refuse_missing_languages(text, locked.form.programme)
    refuse_unless_publishable(text)
    locked.state, locked.proposed_by, locked.proposed_at = FormVersion.State.PROPOSED, by, now
    locked.save()
    _audit(Kind.FORM_PROPOSED, locked, by, now)
    return locked


@transaction.atomic
def publish(*, version: FormVersion, by: User, now: datetime) -> FormVersion:
    """Publish a proposed version: the second person freezes items, texts in every language and rules under one SHA-256.

    The version in force until now is retired in the same transaction; who signed it goes on seeing it.
    """
    locked = _locked(version)
    require_coordinator(by, locked.form.programme)
    if locked.state != FormVersion.State.PROPOSED:
        raise Conflict(f"the version is {locked.state}: only a proposed one can be published")
    if locked.proposed_by_id == by.pk:
        raise NotAllowed("publishing takes two people: ask another coordinator of the programme")
    text = read_form(locked.content)
    # The programme may declare another language since it was proposed.
    refuse_missing_languages(text, locked.form.programme)
    refuse_unless_publishable(text)
    for before in locked.form.versions.filter(state=FormVersion.State.PUBLISHED):
        retire(version=before, by=by, now=now)
    locked.state, locked.published_by, locked.published_at = FormVersion.State.PUBLISHED, by, now
    locked.sha256 = text.sha256
    locked.save()
    _audit(Kind.FORM_PUBLISHED, locked, by, now)
    return locked


@transaction.atomic
def retire(*, version: FormVersion, by: User, now: datetime) -> FormVersion:
    """Take a published version out of force. What people signed on it stands as they signed it."""
    locked = _locked(version)
    require_coordinator(by, locked.form.programme)
    if locked.state != FormVersion.State.PUBLISHED:
        raise Conflict(f"the version is {locked.state}: only a published one can be retired")
    locked.state, locked.retired_at = FormVersion.State.RETIRED, now
    locked.save(update_fields=["state", "retired_at"])
    _audit(Kind.FORM_RETIRED, locked, by, now)
    return locked
