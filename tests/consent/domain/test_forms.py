"""Reading forms and translations: what is refused, with the path, and what the hash freezes."""

import json
from typing import Any

import pytest

from consent.domain.conditions import And, Is, IsAnswered, Known, Not, Or, holds
from consent.domain.counted import DeciderView
from consent.domain.forms import FormText
from consent.domain.reading import parse_form
from consent.domain.shipped import FORMS, sample_forms
from consent.domain.translations import with_translation
from governance.duo.reading import InvalidUse
from tests.consent.domain.builders import ADULT, CHILD, variant


def raw(key: str = ADULT) -> dict[str, Any]:
    obj: dict[str, Any] = json.loads((FORMS / f"{key}.json").read_text("utf-8"))
    return obj


def translated(language: str = "fi") -> dict[str, Any]:
    obj: dict[str, Any] = json.loads((FORMS / f"{ADULT}.{language}.json").read_text("utf-8"))
    return obj


def broken(path: str, value: Any) -> dict[str, Any]:
    """The adult form with one value changed; None at the end of a path removes it."""
    obj = raw()
    *steps, last = path.split(".")
    at: Any = obj
    for step in steps:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    return obj


@pytest.mark.parametrize("key", sorted(sample_forms()))
def test_every_sample_form_ships_in_five_languages(key: str) -> None:
    form = sample_forms()[key]

    assert set(form.languages) == {"en", "fi", "es", "fr", "ar"}
    for language in form.languages:
        texts = form.texts(language)
        assert set(texts.items) == {item.key for item in form.items}
        assert all(texts.items[item.key].options.keys() == set(item.option_values) for item in form.items)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "items.0.preselected",
            "yes",
            "items[0].preselected: must be null: no answer may be chosen beforehand",
        ),
        ("items.0.colour", "red", "items[0].colour: is not a known key"),
        ("items.0.kind", "maybe", "items[0].kind: must be one of"),
        ("items.1.key", "take_part", "items: holds take_part twice"),
        (
            "items.0.requires",
            {"audio": ["yes"]},
            "items[0].requires.audio: must point back to an earlier item",
        ),
        ("items.1.requires", {"take_part": ["perhaps"]}, "items[1].requires.take_part: names perhaps"),
        ("items.1.mapping.0.when", "perhaps", "items[1].mapping[0]: names perhaps, which is no option"),
        (
            "items.1.mapping.0.term",
            "local:tissue",
            "items[1].mapping[0].term: tissue is not declared in local_terms",
        ),
        ("items.5.mapping.0.outlet", "moon", "items[5].mapping[0].outlet: moon is not declared in outlets"),
        (
            "items.2.mapping.1.params",
            None,
            "items[2].mapping[1].params.diseases: is missing; this term needs it",
        ),
        (
            "items.2.mapping.2.code",
            "DUO:0000046",
            "items[2].mapping[2].code: is not one of the five permissions",
        ),
        (
            "items.4.mapping.0.code",
            "DUO:0000006",
            "items[4].mapping[0].code: is a permission, not a modifier",
        ),
        ("items.4.mapping.0.code", "NCU", "items[4].mapping[0].code: must be an id such as DUO:0000046"),
        ("items.4.mapping.0.when", "yes", "items[4].mapping[0]: needs either when or unless"),
        ("items.8.mapping.0.row", "weather", "items[8].mapping[0].row: names weather, which is no row"),
        (
            "facts",
            [],
            "items[2].mapping[1].params.diseases.from: reads a fact that the form does not declare",
        ),
        (
            "local_terms",
            {"audio": {"role": "data_use"}},
            "local_terms.audio.role: is no data-use term that the matcher",
        ),
    ],
)
def test_a_form_that_is_wrong_is_refused_with_the_path(path: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidUse) as caught:
        parse_form(broken(path, value))

    assert str(caught.value).startswith(message)


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    obj = raw()

    turned = parse_form(dict(reversed(list(obj.items()))))

    assert turned == parse_form(obj)


@pytest.mark.parametrize("path", ["items.0.question", "items.0.options.0.label", "notices.0.text", "title"])
def test_every_word_is_frozen_by_the_hash(path: str) -> None:
    assert parse_form(broken(path, "Something else?")).sha256 != parse_form(raw()).sha256


def test_a_rule_and_a_translation_are_frozen_by_the_hash() -> None:
    form = parse_form(raw())
    other = translated()
    other["items"]["audio"]["question"] = "Saammeko äänittää?"

    hashes = {
        form.sha256,
        parse_form(broken("items.2.mapping.2.code", "DUO:0000042")).sha256,
        with_translation(form, translated()).sha256,
        with_translation(form, other).sha256,
    }

    assert len(hashes) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda obj: obj["items"].pop("audio"), "items.audio: is missing in the translation"),
        (
            lambda obj: obj["items"]["audio"]["options"].pop("not_sure"),
            "items.audio.options.not_sure: is missing",
        ),
        (
            lambda obj: obj["items"]["results_wanted"]["rows"].pop("carrier"),
            "items.results_wanted.rows.carrier: is",
        ),
        (
            lambda obj: obj["items"]["audio"].update(help="Apua"),
            "items.audio.help: is not in the form; remove it",
        ),
        (lambda obj: obj["items"]["open_summary"].pop("help"), "items.open_summary.help: is missing"),
        (lambda obj: obj["notices"].pop("n_money"), "notices.n_money: is missing in the translation"),
        (lambda obj: obj.update(version="2"), "form: is not model_adult_research@1"),
    ],
)
def test_a_translation_that_differs_in_substance_is_refused(change: Any, message: str) -> None:
    obj = translated()
    change(obj)

    with pytest.raises(InvalidUse) as caught:
        with_translation(parse_form(raw()), obj)

    assert str(caught.value).startswith(message)


def test_a_language_comes_once() -> None:
    with pytest.raises(InvalidUse, match="fi is there already"):
        with_translation(with_translation(parse_form(raw()), translated()), translated())


def test_an_item_keeps_its_substance_through_help_and_translations() -> None:
    old, worded = parse_form(raw()), variant(ADULT, "2", open_summary={"help": "Only counts."})
    asked = variant(ADULT, "2", open_summary={"question": "May we?"})

    assert worded.substance == old.substance == sample_forms()[ADULT].substance
    assert asked.substance["open_summary"] != old.substance["open_summary"]


def test_conditions_combine_answers_and_facts() -> None:
    view = DeciderView(
        {"a": "yes", "grid": (("row", "no"),), "several": ("x", "y")}, frozenset(), {"condition": ("M:1",)}
    )

    told = {
        "and": holds(And((Is("a", "yes"), Is("several", "y"))), view),
        "and_not": holds(And((Is("a", "yes"), Not(Is("several", "y")))), view),
        "or": holds(Or((Is("a", "no"), Is("grid", "no", "row"))), view),
        "other_row": holds(Is("grid", "no", "line"), view),
        "answered": (holds(IsAnswered("several"), view), holds(IsAnswered("blank"), view)),
        "not_of_blank": holds(Not(Is("blank", "yes")), view),
        "fact": (holds(Known("condition"), view), holds(Known("age"), view)),
    }

    assert told == {
        "and": True,
        "and_not": False,
        "or": True,
        "other_row": False,
        "answered": (True, False),
        "not_of_blank": True,
        "fact": (True, False),
    }


def test_a_whole_condition_is_read_from_a_rule() -> None:
    obj = raw()
    obj["items"][5]["mapping"][0]["when"] = {
        "and": [{"item": "repository", "is": "yes"}, {"not": {"item": "commercial_use", "is": "no"}}]
    }

    form: FormText = parse_form(obj)

    assert form.by_key["repository"].rules[0].condition == And(
        (Is("repository", "yes"), Not(Is("commercial_use", "no")))
    )
    obj["items"][5]["mapping"][0]["when"] = {"xor": []}
    with pytest.raises(InvalidUse, match=r"items\[5\].mapping\[0\].when: is no condition: xor"):
        parse_form(obj)


def test_the_paediatric_form_knows_its_subjects_and_bands() -> None:
    form = sample_forms()[CHILD]

    assert (form.main_subject, form.subjects) == ("child", ("child", "mother", "father"))
    assert form.by_key["repository"].decided_for("child") == "parents"
    assert [(band.first, band.last, band.form) for band in form.bands] == [
        (0, 6, "none"),
        (7, 14, "short"),
        (15, 17, "full"),
    ]
