"""The chain of a participant's events, and what they look like on disk."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent.domain.chain import ChainCheck, check_chain, commitment, event_hash
from consent.domain.events import KINDS, Affirmed, from_json, to_json
from consent.domain.forms import Axis
from governance.duo.canonical_json import canonical_bytes
from governance.duo.reading import InvalidUse
from tests.consent.domain.builders import CLINIC, JOINS, Story


def story() -> Story:
    told = Story()
    told.affirms(1, JOINS | {"results_wanted": {"carrier": "yes"}, "recontact": ["studies", "samples"]})
    told.withdraws(2, Axis.NO_CONTACT)
    told.rejoins(3, {}, Axis.NO_CONTACT, facts=(("condition", ("MONDO:0005021",)),))
    return told


def test_an_untouched_chain_is_whole() -> None:
    events = story().events

    assert check_chain(events, head=event_hash(events[-1])) == ChainCheck(True)
    assert check_chain(reversed(events)) == ChainCheck(True)
    assert check_chain([]) == ChainCheck(True)


def test_a_changed_event_breaks_the_chain_at_the_next_one() -> None:
    first, *others = story().events
    moved = replace(first, holds_from=first.holds_from - timedelta(days=1))

    broken = check_chain([moved, *others])

    assert (broken.whole, broken.sequence) == (False, 2)
    assert broken.reason.startswith("the hash of the previous event does not fit")


def test_a_missing_event_breaks_the_chain() -> None:
    events = story().events

    assert check_chain(events[::2]) == ChainCheck(False, "event 2 is missing or there twice", 3)


def test_a_changed_last_event_is_found_by_its_stored_hash() -> None:
    *others, last = story().events
    stored = event_hash(last)

    broken = check_chain([*others, replace(last, actor="another")], head=stored)

    assert broken.reason == "the stored hash of the last event does not fit: it was changed, or later ones are missing"


def test_an_event_of_another_participant_has_no_place_in_the_chain() -> None:
    first, second, _ = story().events

    broken = check_chain([first, replace(second, participant="p-2")])

    assert broken == ChainCheck(False, "the event belongs to another participant", 2)


def test_events_are_read_back_as_they_were_written() -> None:
    events = story().events

    assert [from_json(to_json(event)) for event in events] == events
    assert [canonical_bytes(to_json(from_json(to_json(event)))) for event in events] == [
        canonical_bytes(to_json(event)) for event in events
    ]


def test_an_unknown_kind_or_key_is_refused() -> None:
    obj = to_json(story().events[0])

    with pytest.raises(InvalidUse, match="is no kind of event: erased"):
        from_json(obj | {"kind": "erased"})
    with pytest.raises(InvalidUse, match="name: does not belong to an event affirmed"):
        from_json(obj | {"name": "Petra"})


def test_every_kind_of_event_has_a_name() -> None:
    assert set(KINDS) == {
        "answered",
        "affirmed",
        "imported",
        "corrected",
        "re_joined",
        "verified",
        "withdrawn",
        "guardian_changed",
        "came_of_age",
        "died",
        "expired",
        "paused",
        "resumed",
        "noted",
    }


def test_the_words_beside_an_answer_enter_the_ledger_as_a_salted_commitment_alone() -> None:
    salt = bytes(range(32))
    words = (("name", "Canary Person"), ("contact", "canary@example.org"))

    told = Story(form=CLINIC)
    event = told.affirms(
        1, {"results_designate": "named"}, commitments=(("results_designate", commitment(salt, words)),)
    )

    assert isinstance(event, Affirmed)
    assert b"anary" not in canonical_bytes(to_json(event))
    assert commitment(salt, words) != commitment(bytes(32), words)
    with pytest.raises(ValueError, match="shorter than 16 bytes"):
        commitment(b"short", words)
