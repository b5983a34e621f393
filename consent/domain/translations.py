"""Translations of a form: the same items, options and rows in other words, never other questions.

Real translations differ in substance (an answer missing, another signature block); the equivalence check
refuses what can be seen by key: items, options, rows and notices must be exactly those of the form, each with
its own text, and a short name, help or a withdrawal note where the form has them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from consent.domain import shapes
from consent.domain.forms import FormText, ItemText, Texts
from governance.duo.canonical_json import canonical_bytes
from governance.duo.reading import InvalidUse


def with_translation(form: FormText, obj: Any) -> FormText:
    """The form with this translation beside the others; Invalid names what differs from the form."""
    texts = parse_translation(form, obj)
    if texts.language in form.languages:
        raise InvalidUse("language", f"{texts.language} is there already")
    return replace(form, translations=(*form.translations, texts))


def parse_translation(form: FormText, obj: Any) -> Texts:
    """Read one translation and check that it is equivalent to the form by keys."""
    shapes.an_object(obj, "translation", (), ("form", "version", "language", "title", "notices", "items"))
    if (obj["form"], obj["version"]) != (form.key, form.version):
        raise InvalidUse("form", f"is not {form.id}; a translation belongs to one version")
    own = form.texts()
    notices = _words(obj["notices"], "notices", own.notices)
    _same_keys(obj["items"], "items", own.items)
    items = {key: _item(obj["items"][key], f"items.{key}", own.items[key]) for key in own.items}
    language = shapes.text(obj["language"], "language")
    return Texts(language, shapes.text(obj["title"], "title"), notices, items, canonical_bytes(obj))


def _item(obj: Any, field: str, own: ItemText) -> ItemText:
    shapes.an_object(obj, field, ("short", "help", "withdrawal_note", "options", "rows"), ("question",))
    for name, words in (("short", own.short), ("help", own.help), ("withdrawal_note", own.withdrawal_note)):
        if bool(words) != bool(obj.get(name)):
            raise InvalidUse(f"{field}.{name}", "is missing" if words else "is not in the form; remove it")
    return ItemText(
        question=shapes.text(obj["question"], f"{field}.question"),
        help=shapes.optional_text(obj.get("help"), f"{field}.help"),
        withdrawal_note=shapes.optional_text(obj.get("withdrawal_note"), f"{field}.withdrawal_note"),
        options=_words(obj.get("options") or {}, f"{field}.options", own.options),
        rows=_words(obj.get("rows") or {}, f"{field}.rows", own.rows),
        short=shapes.short_name(obj.get("short"), f"{field}.short"),
    )


def _words(obj: Any, field: str, own: Mapping[str, str]) -> Mapping[str, str]:
    _same_keys(obj, field, own)
    return {key: shapes.text(obj[key], f"{field}.{key}") for key in own}


def _same_keys(obj: Any, field: str, own: Iterable[str]) -> None:
    if not isinstance(obj, dict):
        raise InvalidUse(field, "must be an object")
    for key in own:
        if key not in obj:
            raise InvalidUse(f"{field}.{key}", "is missing in the translation")
    for key in obj:
        if key not in set(own):
            raise InvalidUse(f"{field}.{key}", "is not in the form; remove it")
