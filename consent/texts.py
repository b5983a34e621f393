"""Plain words for what people answered, what it comes to, and what happened: the participant's pages and mails.

Forms bring their own texts in every language; everything here is the product's own. Written as to a
twelve-year-old.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consent.domain.conditions import Value, holds
from consent.domain.forms import FormText, Item, ItemKind, ItemText, Means, Texts
from governance.face.countries import country_name, country_names
from governance.face.look import Family, term_look
from governance.face.words import isolated, listed
from governance.selectors.ontology import active_ontologies
from governance.templatetags.duologue import day, number

Words = str | Promise
NOT_SURE = "not_sure"


@dataclass(frozen=True, slots=True)
class AnswerText:
    """An answer for people: a state's word (`yes`, `no`, `not sure`, `not answered`, or none) and lines below it."""

    word: str = ""
    lines: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The answer in one line."""
        said = {"yes": _("Yes"), "no": _("No"), "not sure": _("Not sure"), "not answered": _("Not answered")}
        return said.get(self.word) or "; ".join(self.lines)


@dataclass(frozen=True, slots=True)
class FormTexts:
    """A form's words in the reader's language where it has them; `lang` is set where they are in another one."""

    texts: Texts
    lang: str = ""


def texts_for_reader(form: FormText) -> FormTexts:
    """The form in the language of the page, else in its own language, marked as such."""
    wanted = (get_language() or "en").split("-")[0]
    if wanted in form.languages:
        return FormTexts(form.texts(wanted))
    return FormTexts(form.texts(), form.language)


# --- Answers ------------------------------------------------------------------------------------------------
def answer_text(form: FormText, item: Item, value: Value | None, fields: Mapping[str, str] | None = None) -> AnswerText:
    """What somebody answered to a question, in the reader's language."""
    words = texts_for_reader(form).texts.items[item.key]
    if value is None:
        return AnswerText("not answered", (_("Counts as no."),) if item.rules else ())
    if isinstance(value, tuple):
        return AnswerText("", tuple(_line(item, words, part) for part in value))
    if item.kind is ItemKind.DATE:
        return AnswerText("", (day(date.fromisoformat(value)),))
    if value == NOT_SURE:
        return AnswerText("not sure", (_("Counts as no. You can come back to this whenever you like."),))
    if item.kind in (ItemKind.YES_NO, ItemKind.YES_NO_UNSURE):
        return AnswerText(value)
    lines = [words.options.get(value, value), *(text for text in (fields or {}).values() if text)]
    return AnswerText("", tuple(lines))


def _line(item: Item, words: ItemText, part: str | tuple[str, str]) -> str:
    if isinstance(part, tuple):
        row, option = part
        return _("%(row)s: %(answer)s") % {"row": words.rows[row], "answer": words.options[option]}
    if item.kind is ItemKind.COUNTRIES:
        return country_name(part)
    if item.kind is ItemKind.DISEASES:
        return active_ontologies().label(part) or part
    return words.options.get(part, part)


FIELD_WORDS: Mapping[str, Words] = {
    "name": lazy("Name"),
    "relation": lazy("How you know each other"),
    "contact": lazy("Phone or e-mail"),
    "valid_until": lazy("Until when"),
    "reason": lazy("Reason"),
}


def field_words(name: str) -> str:
    """The label of words that go with an answer."""
    return str(FIELD_WORDS.get(name, name))


# --- Pictograms ---------------------------------------------------------------------------------------------
def term_of(item: Item, value: Value | None) -> str:
    """The data-use term that an answer gives: its pictogram stands beside it.

    "" where it gives none, or no one term.
    """
    given = {
        _SIGNS.get(rule.target, rule.target if rule.means in (Means.PERMISSION, Means.MODIFIER) else "")
        for rule in item.rules
        if value is not None and holds(rule.condition, _One(item.key, value))
    }
    return given.pop() if len(given) == 1 else ""


def sign_of(item: Item) -> str:
    """The one data-use term that a question is about, "" where it is about several or none."""
    about = {
        _SIGNS.get(rule.target, rule.target if rule.means in (Means.PERMISSION, Means.MODIFIER) else "")
        for rule in item.rules
    }
    return about.pop() if len(about) == 1 else ""


def picture_of(item: Item, value: Value | None) -> str:
    """The pictogram beside an answer: the question's own, the term that the answer gives, or what it is about.

    A question about a limit lends it to no other answer: "not commercial" beside a yes to companies would deny it.
    """
    if item.picture or any(rule.means is Means.MODIFIER for rule in item.rules):
        return item.picture or term_of(item, value)
    return term_of(item, value) or sign_of(item)


_SIGNS = {
    "open_aggregate": "open-summaries",
    "results.actionable": "RTN",
    "results.not_treatable": "RTN",
    "results.carrier": "RTN",
    "results.medicines": "RTN",
}


@dataclass(frozen=True, slots=True)
class _One:
    """One answer as conditions read it."""

    item: str
    value: Value

    def answer(self, item: str) -> Value | None:
        return self.value if item == self.item else None

    def fact(self, name: str) -> tuple[str, ...]:
        return ("",)


def term_words(code: str) -> str:
    """What a pictogram means, in words."""
    return str(term_look(code).words)


# --- What answers come to -----------------------------------------------------------------------------------
PERMISSIONS: Mapping[str, Words] = {
    "DUO:0000004": lazy("Your data may be used for any purpose."),
    "DUO:0000042": lazy("Your data may be used for any kind of research."),
    "DUO:0000006": lazy("Your data may be used for research on health and disease."),
    "DUO:0000007": lazy("Your data may be used for research on your own health condition only."),
    "DUO:0000011": lazy("Your data may be used to study where groups of people come from."),
}
NO_USE: Words = lazy("No project may use your data.")
LIMITS: Mapping[str, Words] = {
    "DUO:0000045": lazy("Only organisations that do not work for profit may use them."),
    "DUO:0000046": lazy("They may not be used to make money."),
    "DUO:0000018": lazy("Only organisations that do not work for profit may use them, and not to make money."),
    "DUO:0000044": lazy("They may not be used to study where groups of people come from."),
}
OUTLETS: Mapping[str, tuple[Words, Words]] = {
    "controlled_repository": (
        lazy("Your coded data may be placed in protected research databases."),
        lazy("Your coded data are not placed in research databases."),
    ),
    "open_aggregate": (
        lazy("You may be counted in summaries that anyone can see."),
        lazy("You are not counted in summaries that anyone can see."),
    ),
    "variant_database": (
        lazy("Single gene changes may be shared in a public database, without your name."),
        lazy("Single gene changes are not shared in a public database."),
    ),
    "case_matching": (
        lazy("Doctors elsewhere may look for a case like yours."),
        lazy("Your case is not compared with others elsewhere."),
    ),
}


@dataclass(frozen=True, slots=True)
class EffectSentence:
    """One sentence about what answers come to. `kind` is opens, closes or stays."""

    kind: str
    sentence: str

    @property
    def look(self) -> tuple[str, str]:
        """Colour and mark."""
        return {"opens": ("go", "yes"), "closes": ("off", "off"), "stays": ("go", "told")}[self.kind]


def effects(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[EffectSentence]:
    """What changes for the data between two profiles (`{data_use, outlets}`), in sentences; what stays comes first."""
    was, now = before["data_use"], after["data_use"]
    found = [_permission(was, now)]
    limits_before, limits_now = (limit_sentences(one) for one in (was, now))
    found += [EffectSentence("closes", one) for one in limits_now if one not in limits_before]
    found += [EffectSentence("stays", one) for one in limits_now if one in limits_before]
    if now is not None:
        found += [
            EffectSentence("opens", _("A limit is gone: “%(limit)s”") % {"limit": one})
            for one in limits_before
            if one not in limits_now
        ]
    for outlet, (opened, closed) in OUTLETS.items():
        had, has = outlet in before["outlets"], outlet in after["outlets"]
        if has:
            found.append(EffectSentence("stays" if had else "opens", str(opened)))
        elif had:
            found.append(EffectSentence("closes", str(closed)))
    return found


def _permission(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> EffectSentence:
    if now is None:
        return EffectSentence("stays" if was is None else "closes", str(NO_USE))
    same = was is not None and was["permission"] == now["permission"]
    return EffectSentence("stays" if same else "opens", str(PERMISSIONS[now["permission"]]))


def limit_sentences(data_use: Mapping[str, Any] | None) -> list[str]:
    """The limits of a data use, each in a sentence with what it names: the places, the months.

    What a project has to do besides (publish, give results back) limits nobody, and stands among the reasons.
    """
    if data_use is None:
        return []
    modifiers = [{"term": part} if isinstance(part, str) else part for part in data_use["modifiers"]]
    named = [*modifiers, *({"term": term} for term in data_use["local"])]
    limits = [one for one in named if one.get("months") or term_look(one["term"]).family is Family.LIMIT]
    return list(dict.fromkeys(_limit(one) for one in sorted(limits, key=lambda one: str(one["term"]))))


def _limit(limit: Mapping[str, Any]) -> str:
    code = str(limit["term"])
    if limit.get("countries"):
        return _("They may be used only in %(places)s.") % {"places": country_names(limit["countries"])}
    if limit.get("months"):
        months = int(limit["months"])
        said = ngettext("A project may use them for %(n)s month.", "A project may use them for %(n)s months.", months)
        return said % {"n": number(months)}
    return str(LIMITS.get(code) or _("A limit applies: %(limit)s.") % {"limit": term_words(code)})


# --- Withdrawal ---------------------------------------------------------------------------------------------
AXES: Mapping[str, tuple[Words, Words, Words]] = {
    "no_use": (
        lazy("Stop using my data"),
        lazy("No new project gets your data, and running projects lose them. This holds at once."),
        lazy("You stopped the use of your data."),
    ),
    "no_collection": (
        lazy("Stop collecting about me"),
        lazy("No new samples, no new entries, nothing more is read from your health record."),
        lazy("You stopped further collection."),
    ),
    "no_contact": (
        lazy("Stop contacting me"),
        lazy("Nobody writes or calls, unless a law demands it or you wrote first."),
        lazy("You stopped being contacted."),
    ),
}


# Only who had left joins again.
TAKEN_UP: Mapping[str, Words] = {
    "no_use": lazy("You joined again."),
    "no_collection": lazy("You let new things be collected again."),
    "no_contact": lazy("You let people write to you again."),
}
AXIS_NAMES: Mapping[str, Words] = {
    "no_use": lazy("you stopped the use of your data"),
    "no_collection": lazy("you stopped further collection"),
    "no_contact": lazy("you stopped being contacted"),
}


OLDER_WORDING: Words = lazy("You answered this before its question was changed. It counts as no until you answer anew.")


def without_effect(axes: Iterable[str]) -> str:
    """Why an answer has no effect, "" where no withdrawal closes what it would open."""
    stopped = [str(AXIS_NAMES[axis]) for axis in axes]
    return _("Has no effect as long as this holds: %(stopped)s.") % {"stopped": listed(stopped)} if stopped else ""


# --- What happened ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the history: a mark and a sentence."""

    colour: str
    mark: str
    sentence: str


def happening(kind: str, content: Mapping[str, Any], *, form: FormText | None, own: bool, first: bool) -> Happening:
    """What an event was, for the person whom it concerns.

    `own`: they did it themselves; `first`: their first signature.
    """
    if kind == "withdrawn":
        return Happening("off", "off", " ".join(str(AXES[axis][2]) for axis in content["axes"]))
    if kind == "re_joined":
        return Happening("yes", "yes", " ".join(str(TAKEN_UP[axis]) for axis in TAKEN_UP if axis in content["axes"]))
    if kind == "affirmed":
        if first:
            return Happening("yes", "yes", _("You signed the form."))
        return Happening(
            "go", "due", _changed(form, content) or _("You confirmed answers that were written down for you.")
        )
    if kind in ("answered", "imported", "corrected"):
        if own:
            return Happening("go", "due", _changed(form, content))
        return Happening(
            "ask", "ask", _("Your programme wrote down answers for you. What they open waits for your yes.")
        )
    other = {
        "verified": _("A second person compared what was written down with the signed paper."),
        "expired": _("Answers ran out."),
        "paused": _("The use of your data was paused."),
        "resumed": _("The pause ended."),
        "noted": _("Your programme made a note."),
        "guardian_changed": _("Who decides for you has changed."),
        "came_of_age": _("You came of age: you decide for yourself."),
        "died": _("A death was recorded."),
    }
    return Happening("off", "off", other.get(kind, kind))


def _changed(form: FormText | None, content: Mapping[str, Any]) -> str:
    answers = content.get("answers", ())
    if form is None or not answers:
        return ""
    words = texts_for_reader(form).texts
    if len(answers) == 1:
        item, _subject, _decider, value = answers[0]
        said = answer_text(form, form.by_key[item], as_value(value)).short
        return _("You answered “%(question)s” with: %(answer)s.") % {
            "question": isolated(words.items[item].name),
            "answer": isolated(said),
        }
    return ngettext("You changed %(n)s answer.", "You changed %(n)s answers.", len(answers)) % {
        "n": number(len(answers))
    }


def as_value(obj: Any) -> Value | None:
    """An answer as the ledger's JSON holds it, as the kernel does."""
    if isinstance(obj, list):
        return tuple((part[0], part[1]) if isinstance(part, list) else part for part in obj)
    value: Value | None = obj
    return value
