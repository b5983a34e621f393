"""How free text is compared: case and spaces never matter, punctuation only inside identifiers."""

import pytest

from governance.duo.wording import each_once, may_be_same, same_words

ONE = [
    ("CSC/REMS", "csc rems"),
    ("Case-control study", "case control  STUDY."),
    ("étude", "E\u0301TUDE"),
    ("GRANT:a1", "grant:A1"),
    ("ORPHA:558", "Orphanet:558"),
    ("https://projects.example.org/1", "HTTPS://Projects.example.org:443/1"),
    ("?", " ? "),
]
PERHAPS = [
    ("paediatric", "pediatric"),
    ("GRANT:1", "STUDY:1"),
    ("GRANT:1", "grant 1"),
    ("GRANT:1-2", "GRANT:12"),
    ("https://projects.example.org/1", "http://projects.example.org/1"),
    ("https://projects.example.org:8000/1", "https://projects.example.org:8001/1"),
    ("https:///1", "https:///2"),
    ("https://[1", "https://[2"),
    ("a: b", "a: c"),
    ("?", "!"),
]
SEVERAL = [
    ("GRANT:1", "GRANT:2"),
    ("grant:1", "GRANT:2"),
    ("https://projects.example.org/1", "https://projects.example.org/2"),
    ("https://projects.example.org", "https://projects.example.org/2"),
]


@pytest.mark.parametrize(("one", "other"), ONE)
def test_two_ways_to_write_one_thing_are_one(one: str, other: str) -> None:
    assert same_words(one) == same_words(other)


@pytest.mark.parametrize(("one", "other"), PERHAPS)
def test_what_differs_may_be_the_same_thing(one: str, other: str) -> None:
    assert same_words(one) != same_words(other)
    assert may_be_same(one, other)
    assert may_be_same(other, one)


@pytest.mark.parametrize(("one", "other"), SEVERAL)
def test_different_identifiers_of_one_scheme_are_different_things(one: str, other: str) -> None:
    assert not may_be_same(one, other)
    assert not may_be_same(other, one)


def test_each_thing_is_kept_once_in_the_same_way_whichever_comes_first() -> None:
    there, back = each_once(["csc rems", "x", "CSC/REMS"]), each_once(["CSC/REMS", "csc rems", "x"])

    assert there == back == ("CSC/REMS", "x")
