"""Countries are named in the reader's language."""

import pytest
from django.utils import translation

from governance.face.countries import country_code_of, country_name, country_names


@pytest.mark.parametrize(
    ("language", "finland"),
    [("en", "Finland"), ("fi", "Suomi"), ("es", "Finlandia"), ("fr", "Finlande"), ("ar", "فنلندا"), ("xx", "Finland")],
)
def test_a_country_is_named_in_the_readers_language(language: str, finland: str) -> None:
    with translation.override(language):
        assert country_name("FI") == finland


def test_groups_and_regions_have_names_too() -> None:
    assert country_names(["EU", "150"]) == "European Union, Europe"
    assert country_name("EEA") == "European Union, Iceland, Liechtenstein, Norway"


def test_a_code_without_a_name_stays_a_code() -> None:
    assert country_name("user-7") == "user-7"


def test_a_list_has_the_comma_of_its_language() -> None:
    with translation.override("ar"):
        assert country_names(["FI", "NO"]) == "فنلندا، النرويج"


@pytest.mark.parametrize(
    ("language", "written", "code"),
    [
        ("en", "Finland", "FI"),
        ("fi", " suomi ", "FI"),
        ("ar", "فنلندا", "FI"),
        ("fi", "Finland", "FI"),
        ("en", "FIN", "FI"),
        ("en", "fi", "FI"),
        ("en", "EU", "EU"),
        ("en", "Atlantis", "Atlantis"),
    ],
)
def test_a_country_is_named_in_the_readers_language_in_english_or_by_its_code(language, written, code) -> None:
    with translation.override(language):
        assert country_code_of(written) == code
