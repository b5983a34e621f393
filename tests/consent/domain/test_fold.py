"""What stands when: confirmation, withdrawal, versions, and the two times."""

import json
from datetime import timedelta

import pytest

from consent.domain.events import (
    Capacity,
    Corrected,
    Died,
    Expired,
    Paused,
    Source,
)
from consent.domain.fold import Published, fold
from consent.domain.forms import Axis
from consent.domain.profile import EXCLUDED
from consent.domain.reading import parse_form
from governance.duo.reading import InvalidUse
from tests.consent.domain.builders import (
    ADULT,
    BEGINNING,
    HEALTH,
    HEALTH_NO_COMPANIES,
    JOINS,
    JOINS_WIDELY,
    Story,
    day,
    variant,
)


def test_nothing_given_is_excluded() -> None:
    effective = Story().on(1)

    assert effective.profile == EXCLUDED
    assert (effective.standing, effective.waiting, effective.form) == ((), (), "")


def test_what_was_affirmed_stands() -> None:
    story = Story()
    story.affirms(1, JOINS)

    effective = story.on(2)

    assert story.data_use(2) == HEALTH_NO_COMPANIES
    assert effective.profile.outlets == ("controlled_repository",)
    assert [(one.key.item, one.value, one.since) for one in effective.standing] == [
        ("commercial_use", "no", day(1)),
        ("repository", "yes", day(1)),
        ("research_scope", "health", day(1)),
        ("take_part", "yes", day(1)),
    ]


def test_an_answer_opens_nothing_before_it_is_affirmed() -> None:
    story = Story()
    story.answers(1, JOINS)

    assert story.data_use(1) is None
    assert [one.key.item for one in story.on(1).waiting] != []

    story.affirms(2)

    assert story.data_use(2) == HEALTH_NO_COMPANIES
    assert story.on(2).waiting == ()


def test_a_wider_answer_waits_and_a_narrower_one_holds_at_once() -> None:
    story = Story()
    story.affirms(1, JOINS_WIDELY | {"research_scope": "health"})
    story.answers(2, {"research_scope": "any", "commercial_use": "no"})

    effective = story.on(2)

    assert story.data_use(2) == HEALTH_NO_COMPANIES
    assert [(one.key.item, one.value) for one in effective.waiting] == [("research_scope", "any")]
    assert ("commercial_use", "no", False) in [(one.key.item, one.value, one.confirmed) for one in effective.standing]


def test_an_unverified_yes_does_not_undo_an_unverified_no() -> None:
    story = Story()
    story.affirms(1, JOINS | {"commercial_use": "yes"})
    story.answers(2, {"commercial_use": "no"}, capacity=Capacity.CLINICIAN, source=Source.CLINIC)
    story.answers(3, {"commercial_use": "yes"}, capacity=Capacity.CLINICIAN, source=Source.CLINIC)

    assert story.data_use(1) == HEALTH
    assert story.data_use(3) == HEALTH_NO_COMPANIES


def test_an_import_opens_nothing_until_a_second_person_confirms_it() -> None:
    story = Story()
    imported = story.imports(1, JOINS)
    story.verifies(2, imported, actor="importer")

    assert story.data_use(2) is None
    assert story.on(2).flags == ("event 2 verifies a record of the same person and does not count",)

    story.verifies(3, imported)

    assert story.data_use(3) == HEALTH_NO_COMPANIES


def test_an_affirmation_that_a_clinician_writes_down_opens_nothing() -> None:
    story = Story()
    story.affirms(1, JOINS, capacity=Capacity.CLINICIAN, source=Source.CLINIC)

    assert story.data_use(1) is None


def test_what_stood_is_answered_for_a_day_as_known_on_a_day() -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.affirms(5, {"commercial_use": "yes"}, recorded=20, source=Source.PAPER)

    assert story.data_use(10, known=10) == HEALTH_NO_COMPANIES
    assert story.data_use(10, known=20) == HEALTH
    assert story.data_use(3, known=20) == HEALTH_NO_COMPANIES


def test_paper_that_comes_late_does_not_overrule_a_newer_answer() -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.affirms(8, {"research_scope": "this_study"})
    story.affirms(5, {"research_scope": "any"}, recorded=20, source=Source.PAPER)

    assert story.data_use(20) is None


@pytest.mark.parametrize("later", [JOINS, JOINS_WIDELY, {"repository": "yes"}])
def test_a_toggle_after_no_further_use_exports_nothing(later: dict[str, str]) -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.withdraws(2)
    story.affirms(3, later)

    assert story.on(3).profile == EXCLUDED


def test_the_three_axes_of_withdrawal_are_independent() -> None:
    story = Story()
    given = {"recontact": ["studies"], "record_access": "yes", "sample_storage": "yes"}
    story.affirms(1, JOINS | given)
    story.withdraws(2, Axis.NO_CONTACT)
    contact = story.on(2)
    story.withdraws(3, Axis.NO_COLLECTION)
    collection = story.on(3)
    story.rejoins(4, {}, Axis.NO_CONTACT)
    again = story.on(4)

    assert [one.term for one in story.on(1).preferences] == [
        "ehr_link",
        "recontact.studies",
        "sample_storage",
    ]
    assert [one.term for one in contact.preferences] == ["ehr_link", "sample_storage"]
    assert [one.term for one in collection.preferences] == ["sample_storage"]
    assert [one.term for one in again.preferences] == ["recontact.studies", "sample_storage"]
    assert [one.profile.excluded for one in (contact, collection, again)] == [False, False, False]


def test_joining_again_begins_anew() -> None:
    story = Story()
    story.affirms(1, JOINS_WIDELY)
    story.withdraws(2)
    story.rejoins(3, JOINS)

    assert story.data_use(3) == HEALTH_NO_COMPANIES
    assert {one.sequence for one in story.on(3).standing} == {3}


def test_joining_again_needs_a_version_in_force() -> None:
    story = Story()
    story.forms[ADULT] = Published(story.forms[ADULT].form, BEGINNING, day(2))
    story.affirms(1, JOINS)
    story.withdraws(2)
    story.rejoins(3, JOINS)

    assert story.on(3).profile == EXCLUDED
    assert story.on(3).flags == ("event 3 joins again on no form version in force and undoes nothing",)


def test_a_withdrawal_holds_however_it_was_recorded() -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.withdraws(2, capacity=Capacity.IMPORT, source=Source.FHIR)

    assert story.on(2).profile == EXCLUDED
    assert story.on(1, known=2).profile != EXCLUDED


def test_a_correction_of_the_newest_record_never_revives_an_older_one() -> None:
    story = Story()
    story.affirms(1, JOINS_WIDELY)
    newest = story.affirms(2, JOINS)
    story.add(
        Corrected,
        2,
        recorded=3,
        targets=(newest.id,),
        verified=True,
        capacity=Capacity.COORDINATOR,
        form=ADULT,
    )

    assert story.data_use(3, known=2) == HEALTH_NO_COMPANIES
    assert story.data_use(3) is None


def test_a_pause_ends_when_the_version_that_it_asks_for_is_affirmed() -> None:
    story = Story()
    story.forms["v2"] = Published(variant(ADULT, "2"), day(1))
    story.affirms(1, JOINS)
    story.add(Paused, 2, reason="campaign", until_form="v2", capacity=Capacity.SYSTEM)
    story.affirms(3, {"commercial_use": "yes"})

    assert (story.on(3).profile, story.on(3).paused) == (EXCLUDED, ("campaign",))

    story.affirms(4, JOINS, form="v2")

    assert story.data_use(4) == HEALTH_NO_COMPANIES


def test_an_expired_item_is_blank_and_an_expired_consent_is_nothing() -> None:
    story = Story()
    story.affirms(1, JOINS | {"open_summary": "yes"})
    story.add(Expired, 2, items=("open_summary",), capacity=Capacity.SYSTEM)
    story.add(Expired, 3, capacity=Capacity.SYSTEM)

    assert [story.on(number).profile.outlets for number in (1, 2, 3)] == [
        ("controlled_repository", "open_aggregate"),
        ("controlled_repository",),
        (),
    ]
    assert story.data_use(2) == HEALTH_NO_COMPANIES
    assert story.on(3).standing == ()


def test_after_death_nothing_stands_unless_its_own_item_says_so() -> None:
    story = Story()
    story.affirms(1, JOINS | {"audio": "yes", "recontact": ["studies"]})
    story.add(Died, 2, capacity=Capacity.CLINICIAN)
    stands = Story(form="v2")
    asks = json.loads(story.forms[ADULT].form.document) | {"after_death": {"item": "audio", "stands": ["yes"]}}
    stands.forms["v2"] = Published(parse_form(asks), BEGINNING)
    stands.affirms(1, JOINS | {"audio": "yes", "recontact": ["studies"]})
    stands.add(Died, 2, capacity=Capacity.CLINICIAN)

    assert (story.on(2).profile, story.on(2).paused) == (EXCLUDED, ("died",))
    assert stands.data_use(2) == HEALTH_NO_COMPANIES
    assert [one.term for one in stands.on(2).preferences] == ["audio"]


def test_an_answer_to_an_item_that_changed_does_not_count_on_the_new_version() -> None:
    story = Story()
    wider = "May companies use your coded data, and sell it on?"
    story.forms["v2"] = Published(variant(ADULT, "2", commercial_use={"question": wider}), day(1))
    story.affirms(1, JOINS | {"commercial_use": "yes"})

    story.affirms(2, {"take_part": "yes"}, form="v2")

    assert story.data_use(1) == HEALTH
    assert story.data_use(2) == HEALTH_NO_COMPANIES
    assert story.on(1, known=2).form == ADULT


def test_an_event_with_an_unknown_form_is_refused() -> None:
    story = Story()
    story.affirms(1, JOINS)
    story.forms.clear()

    with pytest.raises(InvalidUse, match="event 1 names model_adult_research, which is not among the forms"):
        story.on(1)


def test_a_fact_of_the_record_counts_once_it_is_confirmed() -> None:
    story = Story()
    story.affirms(1, JOINS | {"research_scope": "my_condition"})
    fact = story.answers(2, {}, facts=(("condition", ("MONDO:0005021",)),), capacity=Capacity.CLINICIAN)

    assert story.on(2).profile.excluded
    assert story.on(2).flags == ("no condition on record",)

    story.verifies(3, fact)

    assert story.data_use(3) == HEALTH_NO_COMPANIES | {
        "permission": "DUO:0000007",
        "diseases": ["MONDO:0005021"],
    }


def test_an_answer_holds_from_its_instant_and_not_before() -> None:
    story = Story()
    event = story.affirms(1, JOINS)
    moment = event.holds_from

    before = fold(story.events, story.forms, moment - timedelta(microseconds=1), day(9))
    at = fold(story.events, story.forms, moment, day(9))

    assert (before.profile.excluded, at.profile.excluded) == (True, False)


def test_a_no_after_death_holds_at_once_and_a_yes_waits_however_recorded() -> None:
    said_yes, said_no = Story(form="v2"), Story(form="v2")
    asks = json.loads(said_yes.forms[ADULT].form.document) | {"after_death": {"item": "audio", "stands": ["yes"]}}
    for story, first, then in ((said_yes, "yes", "no"), (said_no, "no", "yes")):
        story.forms["v2"] = Published(parse_form(asks), BEGINNING)
        story.affirms(1, JOINS | {"audio": first})
        story.answers(2, {"audio": then}, capacity=Capacity.CLINICIAN, decider="participant")
        story.add(Died, 3, capacity=Capacity.CLINICIAN)

    assert (said_yes.on(3).paused, said_no.on(3).paused) == (("died",), ("died",))
    assert [one.key.item for one in said_no.on(3).waiting] == ["audio"]
    assert [one.key.item for one in said_yes.on(3).waiting] == []


def test_a_yes_after_a_no_that_nobody_certified_waits_and_the_no_stands() -> None:
    story = Story()
    story.affirms(1, JOINS | {"commercial_use": "yes"})
    story.answers(2, {"commercial_use": "no"}, decider="participant")
    story.answers(3, {"commercial_use": "yes"}, decider="participant")

    stood = story.on(3)

    assert story.data_use(3) == HEALTH_NO_COMPANIES
    assert [(one.key.item, one.value) for one in stood.waiting] == [("commercial_use", "yes")]
    assert [(one.value, one.confirmed) for one in stood.standing if one.key.item == "commercial_use"] == [("no", False)]
