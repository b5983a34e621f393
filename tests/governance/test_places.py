"""Countries as catalogues write them."""

import pytest

from governance.imports.places import country_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Germany", "DE"), ("germany", "DE"), ("DEU", "DE"), ("276", "DE"), ("de", "DE"), ("EU", "EU"), ("150", "150"),
        ("DDR", "DDR"), ("UK", "UK"), ("Atlantis", "Atlantis"), ("", ""),
    ],
)  # fmt: skip
def test_a_country_is_read_by_name_letters_or_number(written: str, code: str) -> None:
    assert country_code(written) == code
