"""Patterns and clauses of conditions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.domain.visa_conditions import matches_clause, matches_pattern, matches_value


@pytest.mark.parametrize(
    ("text", "pattern", "matches"),
    [
        ("", "", True),
        ("", "*", True),
        ("", "?", False),
        ("a", "", False),
        ("abc", "a?c", True),
        ("ac", "a?c", False),
        ("abc", "A?C", False),
        ("abc", "ab", False),
        ("abc", "a*", True),
        ("abc", "*c", True),
        ("abc", "a*b*c*", True),
        ("mississippi", "m*iss*ip*i", True),
        ("mississippi", "m*issx*i", False),
        ("a*c", "a\\*c", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
        ("faculty@med.example", "faculty@*.example", True),
    ],
)
def test_a_pattern_matches_the_full_string_by_two_signs_only(text: str, pattern: str, matches: bool) -> None:
    assert matches_pattern(text, pattern) is matches


@given(text=st.text("ab.", max_size=12), pattern=st.text("ab.?*", max_size=8))
def test_patterns_agree_with_regular_expressions(text: str, pattern: str) -> None:
    expression = "".join({"?": ".", "*": ".*"}.get(sign, re.escape(sign)) for sign in pattern)

    assert matches_pattern(text, pattern) is (re.fullmatch(expression, text, re.DOTALL) is not None)


def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert matches_pattern("a" * 2000, "*a" * 200 + "b") is False


@pytest.mark.parametrize(
    ("value", "wanted", "matches"),
    [
        ("x", "const:x", True),
        ("x", "const:X", False),
        ("x*", "const:x*", True),
        ("xy", "const:x*", False),
        ("xy", "pattern:x*", True),
        ("a;xy;b", "split_pattern:x?", True),
        ("a;xyz;b", "split_pattern:x?", False),
        ("a;b", "pattern:a", False),
        ("x", "x", False),
        ("x", "regex:x", False),
        (None, "const:", False),
        (4, "const:4", False),
    ],
)
def test_a_value_is_compared_as_its_prefix_says(value: object, wanted: str, matches: bool) -> None:
    assert matches_value(value, wanted) is matches


def test_all_claims_of_a_clause_must_match_the_same_object_and_others_are_free() -> None:
    clause = {"type": "AffiliationAndRole", "value": "pattern:faculty@*", "by": "const:so"}
    whole = {
        "type": "AffiliationAndRole",
        "value": "faculty@med.example",
        "by": "so",
        "source": "https://x.example",
    }

    assert matches_clause(whole, clause) is True
    assert matches_clause({**whole, "by": "self"}, clause) is False
    assert matches_clause({**whole, "value": "student@med.example"}, clause) is False
    assert matches_clause({**whole, "type": "ResearcherStatus"}, clause) is False
