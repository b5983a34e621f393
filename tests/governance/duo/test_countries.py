"""The table of countries and groups."""

from governance.duo.countries import COUNTRIES, GROUP_NAMES, GROUPS, expand, problem

_PARTS = {
    "001": ("002", "019", "142", "150", "009", "010"),
    "002": ("015", "202"),
    "202": ("014", "017", "018", "011"),
    "019": ("419", "021"),
    "419": ("029", "013", "005"),
    "003": ("021", "029", "013"),
    "142": ("143", "030", "035", "034", "145"),
    "150": ("151", "154", "039", "155"),
    "009": ("053", "054", "057", "061"),
}


def test_every_region_is_made_of_its_parts_which_share_nothing():
    for region, parts in _PARTS.items():
        assert GROUPS[region] == frozenset().union(*(GROUPS[part] for part in parts))
        assert sum(len(GROUPS[part]) for part in parts) == len(GROUPS[region])


def test_the_world_has_the_249_countries_of_iso_3166_1_and_kosovo():
    assert len(COUNTRIES) == 249 + 1
    assert all(len(code) == 2 and code.isalpha() and code.isupper() for code in COUNTRIES)


def test_the_unions_have_their_members():
    assert len(GROUPS["EU"]) == 27
    assert GROUPS["EEA"] - GROUPS["EU"] == {"IS", "LI", "NO"}
    assert GROUPS["EU"] < COUNTRIES


def test_kosovo_is_a_country_of_southern_europe_and_of_no_union():
    assert problem("XK", groups=False) is None
    assert {group for group, members in GROUPS.items() if "XK" in members} == {"039", "150", "001"}


def test_every_group_has_a_name():
    assert set(GROUP_NAMES) == set(GROUPS)


def test_codes_and_groups_expand_to_countries_once():
    assert expand(["FI", "021", "US"]) == ("BM", "CA", "FI", "GL", "PM", "US")


def test_a_wrong_code_is_told_what_to_write():
    assert problem("UK", groups=True) == "unknown country code 'UK': write 'GB'"
    assert problem("EU", groups=False) == "'EU' is a group of countries: name each country"
    assert problem("EU", groups=True) is None
    assert problem("FI", groups=False) is None
