"""Reading a form from JSON: `parse_form` gives a Form or raises Invalid with the path to what is wrong.

Nothing may be preselected, no key is unknown, `requires` points backwards to options that exist, and every
local term, outlet and fact of the record that a rule uses is declared by the form itself (consent.md, "Form
versions").
"""

from collections.abc import Iterable
from typing import Any

from consent.domain import codes, shapes
from consent.domain.answers import parse_value
from consent.domain.conditions import Is, IsAnswered, Known, Value, atoms
from consent.domain.forms import (
    CODED,
    Axis,
    Band,
    Blank,
    FormNotice,
    FormText,
    GridRow,
    Item,
    ItemKind,
    LocalTerm,
    MappingRule,
    Means,
    Option,
    Outlet,
    TermRole,
    Validity,
)
from consent.domain.rules import parse_rule
from governance.duo.canonical_json import canonical_bytes
from governance.duo.reading import InvalidUse

_FORM = (
    "source",
    "lawful_ages",
    "on_blank",
    "subjects",
    "facts",
    "local_terms",
    "outlets",
    "signatures",
    "notices",
    "assent_bands",
    "majority_default",
    "refuse_if",
    "after_death",
)
_ITEM = (
    "help",
    "options",
    "rows",
    "subjects",
    "fields",
    "exclusive_option",
    "requires",
    "preselected",
    "must_answer",
    "mapping",
    "withdrawal_note",
    "validity",
    "on_blank",
    "default",
    "picture",
    "short",
    "basis",
)
_SUBSTANCE = (
    "kind",
    "stage",
    "decider",
    "question",
    "options",
    "rows",
    "subjects",
    "exclusive_option",
    "requires",
)
_FIXED_OPTIONS = {
    ItemKind.YES_NO: {"yes", "no"},
    ItemKind.YES_NO_UNSURE: {"yes", "no", "not_sure"},
    ItemKind.ASSENT: {"agreed", "declined", "not_able"},
}


def parse_form(obj: Any) -> FormText:
    """Read one form version, without its translations (`translations.with_translation` adds those)."""
    shapes.an_object(obj, "", _FORM, ("key", "version", "language", "title", "items"))
    subjects = shapes.names(obj.get("subjects"), "subjects") or ("participant",)
    blank = Blank(shapes.one_of(obj.get("on_blank", "not_given"), "on_blank", [str(one) for one in Blank]))
    items = tuple(
        _item(part, f"items[{index}]", subjects, blank)
        for index, part in enumerate(shapes.a_list(obj["items"], "items"))
    )
    shapes.unique((item.key for item in items), "items")
    form = FormText(
        key=shapes.name(obj["key"], "key"),
        version=shapes.text(obj["version"], "version"),
        language=shapes.text(obj["language"], "language"),
        title=shapes.text(obj["title"], "title"),
        ages=_ages(obj.get("lawful_ages")),
        subjects=subjects,
        facts=shapes.names(obj.get("facts"), "facts"),
        terms=_terms(obj.get("local_terms")),
        outlets=_outlets(obj.get("outlets")),
        notices=_notices(obj.get("notices")),
        items=items,
        bands=_bands(obj.get("assent_bands")),
        majority_default=shapes.optional_text(obj.get("majority_default"), "majority_default"),
        after_death=_after_death(obj.get("after_death")),
        document=canonical_bytes(obj),
    )
    _check_whole(form)
    return form


def _ages(obj: Any) -> tuple[int, int | None]:
    if obj is None:
        return 0, None
    shapes.an_object(obj, "lawful_ages", ("min", "max"))
    least = shapes.number(obj.get("min", 0), "lawful_ages.min")
    most = obj.get("max")
    return least, None if most is None else shapes.number(most, "lawful_ages.max", least)


def _terms(obj: Any) -> tuple[LocalTerm, ...]:
    terms = []
    for key, part in _members(obj, "local_terms"):
        field = f"local_terms.{key}"
        shapes.an_object(part, field, ("limits", "closed_by", "note"), ("role",))
        role = TermRole(shapes.one_of(part["role"], f"{field}.role", [str(one) for one in TermRole]))
        axis = part.get("closed_by")
        name = shapes.term(key, field)
        if role is TermRole.DATA_USE and name not in codes.DATA_USE_LOCALS:
            raise InvalidUse(f"{field}.role", "is no data-use term that the matcher knows; declare it a preference")
        terms.append(
            LocalTerm(
                name,
                role,
                shapes.yes_or_no(part.get("limits"), f"{field}.limits", False),
                None if axis is None else Axis(shapes.one_of(axis, f"{field}.closed_by", [str(one) for one in Axis])),
                shapes.optional_text(part.get("note"), f"{field}.note"),
            )
        )
    shapes.unique((term.name for term in terms), "local_terms")
    return tuple(terms)


def _outlets(obj: Any) -> tuple[Outlet, ...]:
    outlets = []
    for key, part in _members(obj, "outlets"):
        field = f"outlets.{key}"
        shapes.an_object(part, field, ("needs_permission", "note"))
        needs = shapes.yes_or_no(part.get("needs_permission"), f"{field}.needs_permission", False)
        outlets.append(Outlet(shapes.term(key, field), needs, shapes.optional_text(part.get("note"), f"{field}.note")))
    return tuple(outlets)


def _members(obj: Any, field: str) -> Iterable[tuple[str, Any]]:
    if obj is None:
        return ()
    if not isinstance(obj, dict):
        raise InvalidUse(field, "must be an object")
    return obj.items()


def _notices(obj: Any) -> tuple[FormNotice, ...]:
    notices = []
    for index, part in enumerate(shapes.a_list(obj, "notices")):
        field = f"notices[{index}]"
        shapes.an_object(part, field, ("local_text_required",), ("key", "text"))
        local = shapes.yes_or_no(part.get("local_text_required"), f"{field}.local_text_required", False)
        notices.append(
            FormNotice(shapes.name(part["key"], f"{field}.key"), shapes.text(part["text"], f"{field}.text"), local)
        )
    shapes.unique((notice.key for notice in notices), "notices")
    return tuple(notices)


def _bands(obj: Any) -> tuple[Band, ...]:
    bands = []
    for index, part in enumerate(shapes.a_list(obj, "assent_bands")):
        field = f"assent_bands[{index}]"
        shapes.an_object(part, field, ("note", "items", "from"), ("to", "form"))
        first = shapes.number(part.get("from"), f"{field}.from")
        last = shapes.number(part["to"], f"{field}.to", first)
        form = shapes.one_of(part["form"], f"{field}.form", ("none", "short", "full"))
        bands.append(Band(first, last, form, shapes.names(part.get("items"), f"{field}.items")))
    return tuple(bands)


def _after_death(obj: Any) -> tuple[str, tuple[str, ...]]:
    if obj is None:
        return "", ()
    shapes.an_object(obj, "after_death", (), ("item", "stands"))
    return shapes.name(obj["item"], "after_death.item"), shapes.names(obj["stands"], "after_death.stands")


def _item(obj: Any, field: str, subjects: tuple[str, ...], blank: Blank) -> Item:
    shapes.an_object(obj, field, _ITEM, ("key", "kind", "stage", "decider", "question"))
    if obj.get("preselected") is not None:
        raise InvalidUse(f"{field}.preselected", "must be null: no answer may be chosen beforehand")
    key = shapes.name(obj["key"], f"{field}.key")
    kind = ItemKind(shapes.one_of(obj["kind"], f"{field}.kind", [str(one) for one in ItemKind]))
    options = _options(obj.get("options"), f"{field}.options", kind)
    item = Item(
        key=key,
        kind=kind,
        stage=shapes.one_of(obj["stage"], f"{field}.stage", ("enrolment", "majority")),
        deciders=_deciders(obj, field, kind, subjects),
        question=shapes.text(obj["question"], f"{field}.question"),
        help=shapes.optional_text(obj.get("help"), f"{field}.help"),
        options=options,
        rows=_rows(obj.get("rows"), f"{field}.rows", kind),
        fields=shapes.names(obj.get("fields"), f"{field}.fields"),
        exclusive=_exclusive(obj.get("exclusive_option"), f"{field}.exclusive_option", kind, options),
        requires=_requires(obj.get("requires"), f"{field}.requires"),
        must_answer=shapes.yes_or_no(obj.get("must_answer"), f"{field}.must_answer", True),
        rules=tuple(
            parse_rule(part, f"{field}.mapping[{index}]", key)
            for index, part in enumerate(shapes.a_list(obj.get("mapping"), f"{field}.mapping"))
        ),
        withdrawal_note=shapes.optional_text(obj.get("withdrawal_note"), f"{field}.withdrawal_note"),
        validity=_validity(obj.get("validity"), f"{field}.validity"),
        on_blank=Blank(shapes.one_of(obj.get("on_blank", blank), f"{field}.on_blank", [str(one) for one in Blank])),
        picture=shapes.optional_text(obj.get("picture"), f"{field}.picture"),
        short=shapes.short_name(obj.get("short"), f"{field}.short"),
        document=canonical_bytes(
            [[obj.get(part) for part in _SUBSTANCE], obj.get("mapping") or [], obj.get("on_blank")]
        ),
    )
    return _with_default(item, obj.get("default"), f"{field}.default")


def _with_default(item: Item, obj: Any, field: str) -> Item:
    needed = item.on_blank is Blank.GIVEN_BY_DEFAULT
    if needed != (obj is not None):
        raise InvalidUse(field, "says what a blank line gives; it goes with on_blank given_by_default and nothing else")
    if obj is None:
        return item
    default: Value | None = parse_value(item, obj, field)
    return Item(**{name: getattr(item, name) for name in Item.__slots__ if name != "default"}, default=default)


def _deciders(
    obj: dict[str, Any], field: str, kind: ItemKind, subjects: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    decider = obj["decider"]
    if kind is not ItemKind.PER_PERSON:
        if obj.get("subjects") is not None:
            raise InvalidUse(f"{field}.subjects", "belongs to the kind per_person alone; remove it")
        return ((subjects[0], shapes.name(decider, f"{field}.decider")),)
    named = shapes.names(obj.get("subjects"), f"{field}.subjects")
    if not isinstance(decider, dict) or set(decider) != set(named) or not named:
        raise InvalidUse(f"{field}.decider", "must say for each of the item's subjects who decides")
    for subject in named:
        if subject not in subjects:
            raise InvalidUse(f"{field}.subjects", f"names {subject}, who is no subject of the form")
    return tuple((subject, shapes.name(decider[subject], f"{field}.decider.{subject}")) for subject in named)


def _options(obj: Any, field: str, kind: ItemKind) -> tuple[Option, ...]:
    options = []
    for index, part in enumerate(shapes.a_list(obj, field)):
        shapes.an_object(part, f"{field}[{index}]", (), ("value", "label"))
        value = shapes.name(part["value"], f"{field}[{index}].value")
        options.append(Option(value, shapes.text(part["label"], f"{field}[{index}].label")))
    shapes.unique((option.value for option in options), field)
    if (kind in CODED) == bool(options):
        raise InvalidUse(field, "must be left out for this kind" if options else "needs at least one option")
    fixed = _FIXED_OPTIONS.get(kind)
    if fixed is not None and {option.value for option in options} != fixed:
        raise InvalidUse(field, f"must be exactly {', '.join(sorted(fixed))} for this kind")
    if kind is ItemKind.DESIGNATE and "named" not in {option.value for option in options}:
        raise InvalidUse(field, "must hold the option named")
    return tuple(options)


def _rows(obj: Any, field: str, kind: ItemKind) -> tuple[GridRow, ...]:
    rows = []
    for index, part in enumerate(shapes.a_list(obj, field)):
        shapes.an_object(part, f"{field}[{index}]", (), ("key", "label"))
        key = shapes.name(part["key"], f"{field}[{index}].key")
        rows.append(GridRow(key, shapes.text(part["label"], f"{field}[{index}].label")))
    shapes.unique((row.key for row in rows), field)
    if (kind is ItemKind.CHOICE_GRID) != bool(rows):
        raise InvalidUse(field, "belongs to the kind choice_grid alone" if rows else "needs at least one row")
    return tuple(rows)


def _exclusive(obj: Any, field: str, kind: ItemKind, options: tuple[Option, ...]) -> str:
    if obj is None:
        return ""
    if kind is not ItemKind.MULTI_CHOICE or obj not in {option.value for option in options}:
        raise InvalidUse(field, "must be one of the options of an item with several choices")
    return str(obj)


def _requires(obj: Any, field: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (shapes.name(key, field), shapes.names(values, f"{field}.{key}")) for key, values in _members(obj, field)
    )


def _validity(obj: Any, field: str) -> Validity:
    if obj is None or obj == "forever":
        return Validity()
    if obj == "once":
        return Validity(once=True)
    shapes.an_object(obj, field, (), ("years",))
    return Validity(years=shapes.number(obj["years"], f"{field}.years", 1))


def _check_whole(form: FormText) -> None:
    if not form.items:
        raise InvalidUse("items", "needs at least one item")
    earlier: dict[str, Item] = {}
    for index, item in enumerate(form.items):
        field = f"items[{index}]"
        for key, values in item.requires:
            if key not in earlier:
                raise InvalidUse(f"{field}.requires.{key}", "must point back to an earlier item of the form")
            _check_options(earlier[key], values, f"{field}.requires.{key}")
        earlier[item.key] = item
        for number, rule in enumerate(item.rules):
            _check_rule(form, item, rule, f"{field}.mapping[{number}]")
    for index, band in enumerate(form.bands):
        for key in band.items:
            if key not in form.by_key:
                raise InvalidUse(f"assent_bands[{index}].items", f"names {key}, which is no item of the form")
    key, stands = form.after_death
    if key and key not in form.by_key:
        raise InvalidUse("after_death.item", f"names {key}, which is no item of the form")
    if key:
        _check_options(form.by_key[key], stands, "after_death.stands")


def _check_options(item: Item, values: tuple[str, ...], field: str) -> None:
    for value in values:
        if value not in item.option_values:
            raise InvalidUse(field, f"names {value}, which is no option of {item.key}")


def _check_rule(form: FormText, item: Item, rule: MappingRule, field: str) -> None:
    for atom in atoms(rule.condition):
        if isinstance(atom, Known):
            if atom.fact not in form.facts:
                raise InvalidUse(field, f"reads {atom.fact} of the record, which the form does not declare in facts")
            continue
        if atom.item not in form.by_key:
            raise InvalidUse(field, f"reads {atom.item}, which is no item of the form")
        asked = form.by_key[atom.item]
        if isinstance(atom, IsAnswered):
            continue
        _check_is(asked, atom, field)
    if rule.means is Means.LOCAL and rule.target not in form.term_of:
        raise InvalidUse(f"{field}.term", f"{rule.target} is not declared in local_terms; say what kind of term it is")
    if rule.means is Means.OUTLET and rule.target not in form.outlet_of:
        raise InvalidUse(f"{field}.outlet", f"{rule.target} is not declared in outlets")
    for param in rule.params:
        if param.source.startswith("record.") and param.source.removeprefix("record.") not in form.facts:
            raise InvalidUse(
                f"{field}.params.{param.name}.from", "reads a fact that the form does not declare in facts"
            )
        if param.source == "answer" and item.kind not in CODED:
            raise InvalidUse(f"{field}.params.{param.name}.from", "needs an item of countries, diseases or a date")


def _check_is(asked: Item, atom: Is, field: str) -> None:
    _check_options(asked, (atom.option,), field)
    if (atom.row is not None) and atom.row not in {row.key for row in asked.rows}:
        raise InvalidUse(f"{field}.row", f"names {atom.row}, which is no row of {asked.key}")
    if atom.row is None and asked.rows:
        raise InvalidUse(f"{field}.row", f"is missing; {asked.key} is a grid")
