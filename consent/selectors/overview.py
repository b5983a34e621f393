"""What a participant's consent is, for their own pages: what they agreed to, since when, what waits, what happened."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from consent import vault
from consent.domain.fold import Forms
from consent.domain.forms import FormText
from consent.domain.silenced import silenced, speaking
from consent.models import ConsentEvent, ConsentState, Decider, FormVersion, Participant, Programme
from consent.selectors.answering import counts_on, unsigned_of
from consent.selectors.forms import form_of
from consent.selectors.ledger import published, versions_of
from consent.selectors.participants import history_of
from consent.texts import (
    OLDER_WORDING,
    AnswerText,
    Happening,
    answer_text,
    as_value,
    happening,
    picture_of,
    texts_for_reader,
    without_effect,
)

SIGNATURES = ("affirmed", "re_joined")


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """One answer that stands. `silent` says which withdrawal keeps it without effect, "" where none does.

    `speaks`: it opens something that no withdrawal closes. `href` is where a no to it can be said.
    """

    item: str
    question: str
    name: str
    answer: AnswerText
    term: str
    since: datetime
    silent: str
    speaks: bool
    href: str


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One answer that somebody else wrote down, and that waits for the participant."""

    event: str
    item: str
    question: str
    answer: AnswerText
    since: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the history with its words; `row` None for what happened outside the ledger, such as a
    project's start.
    """

    at: datetime
    happening: Happening
    row: ConsentEvent | None = None
    signature: bool = False


@dataclass(frozen=True, repr=False)
class Overview:
    """One programme of a participant at a glance.

    `version` is the form that was signed last, None before the first. `draft_at` is where answers that were not
    signed are gone on with, "" where there are none.
    """

    decider: Decider
    state: ConsentState
    version: FormVersion | None
    current: FormVersion | None
    signed_at: datetime | None
    agreed: tuple[AgreedLine, ...]
    history: tuple[Moment, ...]
    draft_at: str
    waiting: bool

    @property
    def participant(self) -> Participant:
        return self.decider.participant

    @property
    def programme(self) -> Programme:
        return self.participant.programme

    @property
    def axes(self) -> frozenset[str]:
        return self.state.closed_axes

    @property
    def left_at(self) -> datetime | None:
        """When further use was withdrawn, None where it stands."""
        if "no_use" not in self.axes:
            return None
        return next((one.at for one in self.history if one.row is not None and _stops_use(one.row)), None)

    @property
    def in_force(self) -> bool:
        """Whether something may be used."""
        return not self.state.profile.excluded

    @property
    def newer_form(self) -> bool:
        """Whether a newer form waits to be read."""
        return bool(self.version and self.current and self.version.pk != self.current.pk)


def _stops_use(row: ConsentEvent) -> bool:
    return row.kind == "withdrawn" and "no_use" in row.content["axes"]


def overview_of(decider: Decider, state: ConsentState | None = None) -> Overview:
    """Everything that the pages of who decides show of one programme; `state` where it was read just now."""
    participant = decider.participant
    state = state or ConsentState.objects.select_related("profile", "participant__programme").get(
        participant=participant
    )
    rows = list(history_of(decider))
    versions = versions_of(participant.programme_id)
    in_force = [one for one in versions.values() if one.state == FormVersion.State.PUBLISHED]
    current = min(in_force, key=lambda one: one.form_id, default=None)
    signatures = [row for row in rows if row.kind in SIGNATURES and row.form_version_id]
    version = signatures[0].form_version if signatures else None
    form = form_of(version) if version else None
    return Overview(
        decider=decider,
        state=state,
        version=version,
        current=current,
        signed_at=_signed_at(signatures),
        agreed=_agreed(state, form, rows, published(versions), _signed_name(state, version, current)) if form else (),
        history=moments(decider, rows),
        draft_at=_draft_at(decider, version, current),
        waiting=bool(state.effective["waiting"]),
    )


def _signed_at(signatures: list[ConsentEvent]) -> datetime | None:
    """When the version that stands was first signed; a later change of one answer is not another signing."""
    found = None
    for row in signatures:
        if row.form_version_id != signatures[0].form_version_id:
            break
        found = row.recorded_at
        if row.kind == "re_joined":
            break
    return found


def _signed_name(state: ConsentState, version: FormVersion | None, current: FormVersion | None) -> str:
    """The page of a question on which a no to what stands can be signed."""
    same = version is not None and current is not None and version.pk == current.pk
    return "consent_question" if same and "no_use" not in state.closed_axes else "consent_signed_question"


def _draft_at(decider: Decider, version: FormVersion | None, current: FormVersion | None) -> str:
    drafts = unsigned_of(decider)
    participant = decider.participant_id
    if current and current.pk in drafts:
        return reverse("consent_start", args=[participant])
    return reverse("consent_signed_review", args=[participant]) if version and version.pk in drafts else ""


def _agreed(
    state: ConsentState, form: FormText, rows: list[ConsentEvent], forms: Forms, page: str
) -> tuple[AgreedLine, ...]:
    participant = state.participant
    texts = texts_for_reader(form).texts
    standing = {one["item"]: one for one in state.effective["standing"]}
    words = _typed_words(participant, rows)
    values = {item: value for item, one in standing.items() if (value := as_value(one["value"])) is not None}
    older = {item for item, one in standing.items() if not counts_on(form, one, forms)}
    closed, open_ones = silenced(form, values, state.closed_axes), speaking(form, values, state.closed_axes)
    return tuple(
        AgreedLine(
            item=item.key,
            question=texts.items[item.key].question,
            name=texts.items[item.key].name,
            answer=answer_text(form, item, as_value(one["value"]), words.get(item.key)),
            term=picture_of(item, as_value(one["value"])),
            since=datetime.fromisoformat(one["since"]),
            silent=str(OLDER_WORDING) if item.key in older else without_effect(closed.get(item.key, ())),
            speaks=item.key in open_ones and item.key not in older,
            href=reverse(page, args=[participant.pk, item.key]),
        )
        for item in form.items
        if (one := standing.get(item.key)) is not None
    )


def _typed_words(participant: Participant, rows: list[ConsentEvent]) -> dict[str, dict[str, str]]:
    """The words that stand beside answers now, by item; nothing once the identity was erased."""
    # The vault is opened only where something was typed.
    identity = vault.known(participant) if any(row.content.get("commitments") for row in rows) else None
    if identity is None:
        return {}
    kept = identity.words
    found: dict[str, dict[str, str]] = {}
    for row in reversed(rows):
        answered = {item for item, *_rest in row.content.get("answers", ())}
        found = {item: words for item, words in found.items() if item not in answered}
        for item, digest in row.content.get("commitments", ()):
            if digest in kept:
                found[item] = dict(kept[digest].fields)
    return found


def moments(decider: Decider, rows: list[ConsentEvent]) -> tuple[Moment, ...]:
    """The history with words for each event, the newest first."""
    account = decider.account.subject if decider.account else ""
    signatures = [row.pk for row in rows if row.kind in SIGNATURES]
    first = signatures[-1] if signatures else None
    return tuple(
        Moment(
            row.recorded_at,
            happening(
                row.kind,
                row.content,
                form=form_of(row.form_version) if row.form_version else None,
                own=row.actor == account,
                first=row.pk == first,
            ),
            row,
            row.pk in signatures and _begins(row, rows),
        )
        for row in rows
    )


def _begins(row: ConsentEvent, rows: list[ConsentEvent]) -> bool:
    """Whether a form version was signed with this event, for the first time or again after leaving."""
    earlier = [one for one in rows if one.sequence < row.sequence and one.kind in SIGNATURES]
    return row.kind == "re_joined" or all(one.form_version_id != row.form_version_id for one in earlier)


def waiting_lines(decider: Decider) -> tuple[WaitingLine, ...]:
    """The answers that wait for the yes of who decides."""
    state = ConsentState.objects.get(participant=decider.participant)
    rows = {row.sequence: row for row in history_of(decider)}
    found = []
    for one in state.effective["waiting"]:
        row = rows[one["sequence"]]
        if row.form_version is None:
            continue
        form = form_of(row.form_version)
        item = form.by_key[one["item"]]
        found.append(
            WaitingLine(
                event=str(row.uuid),
                item=item.key,
                question=texts_for_reader(form).texts.items[item.key].question,
                answer=answer_text(form, item, as_value(one["value"])),
                since=row.recorded_at,
            )
        )
    return tuple(found)
