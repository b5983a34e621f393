"""The state tables against written answers: every state, action and party has one."""

import json
from pathlib import Path

import pytest

from access.domain.states import LINE, MACHINES, REQUEST, SETTLED, Machine, Need, Party, check, open_to
from access.domain.states_text import text

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases" / "states"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_action_and_actor_has_its_expected_answer(machine: Machine) -> None:
    written = json.loads((CASES / f"{machine.name}.json").read_text())

    answers: dict[str, dict[str, list[str]]] = {}
    for state in machine.states:
        for action in written["answers"][state]:
            given = [check(machine, state, action, {Party(party)}) for party in written["parties"]]
            answers.setdefault(state, {})[action] = [
                answer.transition.next if answer.transition else str(answer.refused) for answer in given
            ]

    assert answers == written["answers"]
    assert set(written["parties"]) == set(Party)
    assert all(set(actions) == set(machine.actions) for actions in written["answers"].values())


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_what_a_page_offers_is_what_the_check_allows(machine: Machine) -> None:
    triples = [(state, party) for state in machine.states for party in Party]

    offered = {(state, party): [row.action for row in open_to(machine, state, {party})] for state, party in triples}

    assert offered == {
        (state, party): [
            row.action
            for row in machine.transitions
            if row.state == state and check(machine, state, row.action, {party}).allowed
        ]
        for state, party in triples
    }


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_is_reached_from_the_first_one_and_no_row_stands_twice(machine: Machine) -> None:
    reached, before = {machine.initial}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {row.next for row in machine.transitions if row.state in before}

    keys = [(row.state, row.action) for row in machine.transitions]

    assert reached == set(machine.states)
    assert len(keys) == len(set(keys))


def test_a_refusal_says_why_in_words() -> None:
    settled = check(LINE, "approved", "refuse", {Party.CHAIR})
    stranger = check(LINE, "in_review", "return", {Party.MEMBER})

    reasons = (settled.reason, stranger.reason)

    assert reasons == (
        "this line is approved: “refuse” is not possible now",
        "only the chair or deputy or secretary can return this line",
    )


def test_an_unknown_action_is_an_error_and_no_answer() -> None:
    with pytest.raises(ValueError, match=r"knows no 'bless' in 'draft'"):
        check(REQUEST, "draft", "bless", {Party.APPLICANT})


def test_settled_lines_are_those_that_nothing_follows() -> None:
    assert {"approved", "refused", "withdrawn"} == SETTLED


def test_every_need_is_asked_for_somewhere() -> None:
    asked = {need for machine in MACHINES for row in machine.transitions for need in row.needs}

    assert asked == set(Need)


def test_the_states_page_of_the_documentation_is_current() -> None:
    page = (ROOT / "docs" / "states.md").read_text()

    assert page == text(), "write it again: python -m access.domain.states_text > docs/states.md"
