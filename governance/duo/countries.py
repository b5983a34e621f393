"""Countries and groups of countries: ISO 3166-1 alpha-2, the EU, the EEA, and the UN M49 regions by code.

The table holds what was in force on `AS_OF`; that date is part of the engine version, so that a decision
says which world it knew. EU is the 27 member states; territories with an ISO code of their own (GF, AX,
and so on) are named one by one where they are meant. M49 has no row of its own for TW; it stands here in
Eastern Asia. Kosovo has neither: XK is the code that ISO leaves to users and that the EU and CLDR use, so that
people who work there can say where they are; it stands here in Southern Europe, beside its neighbours.
Source: ISO 3166-1, UNSD M49, the EEA Agreement, the EU's Interinstitutional Style Guide.
"""

from collections.abc import Iterable

AS_OF = "2026-11-30"

_REGIONS: dict[str, tuple[str, str]] = {
    "015": ("Northern Africa", "DZ EG EH LY MA SD TN"),
    "014": ("Eastern Africa", "BI DJ ER ET IO KE KM MG MU MW MZ RE RW SC SO SS TF TZ UG YT ZM ZW"),
    "017": ("Middle Africa", "AO CD CF CG CM GA GQ ST TD"),
    "018": ("Southern Africa", "BW LS NA SZ ZA"),
    "011": ("Western Africa", "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG"),
    "029": ("Caribbean",
        "AG AI AW BB BL BQ BS CU CW DM DO GD GP HT "
        "JM KN KY LC MF MQ MS PR SX TC TT VC VG VI",
    ),
    "013": ("Central America", "BZ CR GT HN MX NI PA SV"),
    "005": ("South America", "AR BO BR BV CL CO EC FK GF GS GY PE PY SR UY VE"),
    "021": ("Northern America", "BM CA GL PM US"),
    "143": ("Central Asia", "KG KZ TJ TM UZ"),
    "030": ("Eastern Asia", "CN HK JP KP KR MN MO TW"),
    "035": ("South-eastern Asia", "BN ID KH LA MM MY PH SG TH TL VN"),
    "034": ("Southern Asia", "AF BD BT IN IR LK MV NP PK"),
    "145": ("Western Asia", "AE AM AZ BH CY GE IL IQ JO KW LB OM PS QA SA SY TR YE"),
    "151": ("Eastern Europe", "BG BY CZ HU MD PL RO RU SK UA"),
    "154": ("Northern Europe", "AX DK EE FI FO GB GG IE IM IS JE LT LV NO SE SJ"),
    "039": ("Southern Europe", "AD AL BA ES GI GR HR IT ME MK MT PT RS SI SM VA XK"),
    "155": ("Western Europe", "AT BE CH DE FR LI LU MC NL"),
    "053": ("Australia and New Zealand", "AU CC CX HM NF NZ"),
    "054": ("Melanesia", "FJ NC PG SB VU"),
    "057": ("Micronesia", "FM GU KI MH MP NR PW UM"),
    "061": ("Polynesia", "AS CK NU PF PN TK TO TV WF WS"),
    "010": ("Antarctica", "AQ"),
}  # fmt: skip

_WIDER: dict[str, tuple[str, str]] = {
    "202": ("Sub-Saharan Africa", "014 017 018 011"),
    "002": ("Africa", "015 014 017 018 011"),
    "419": ("Latin America and the Caribbean", "029 013 005"),
    "003": ("North America", "021 013 029"),
    "019": ("Americas", "029 013 005 021"),
    "142": ("Asia", "143 030 035 034 145"),
    "150": ("Europe", "151 154 039 155"),
    "009": ("Oceania", "053 054 057 061"),
    "001": ("World", " ".join(_REGIONS)),
}

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

GROUPS: dict[str, frozenset[str]] = {
    "EU": frozenset(_EU.split()),
    "EEA": frozenset(_EU.split()) | {"IS", "LI", "NO"},
    **{code: frozenset(members.split()) for code, (_, members) in _REGIONS.items()},
    **{
        code: frozenset(country for part in parts.split() for country in _REGIONS[part][1].split())
        for code, (_, parts) in _WIDER.items()
    },
}
GROUP_NAMES: dict[str, str] = {
    "EU": "European Union",
    "EEA": "European Economic Area",
    **{code: name for code, (name, _) in (_REGIONS | _WIDER).items()},
}
COUNTRIES: frozenset[str] = GROUPS["001"]

_HINTS = {"UK": "GB", "EL": "GR"}


def problem(code: str, *, groups: bool) -> str | None:
    """What is wrong with a code, and what to write; None for a country (or, with `groups`, a group)."""
    if code in COUNTRIES or (groups and code in GROUPS):
        return None
    if code in _HINTS:
        return f"unknown country code {code!r}: write {_HINTS[code]!r}"
    if code in GROUPS:
        return f"{code!r} is a group of countries: name each country"
    wanted = "an ISO 3166-1 alpha-2 code" + (", EU, EEA, or the code of a UN M49 region" if groups else "")
    return f"unknown country code {code!r}: use {wanted}"


def expand(codes: Iterable[str]) -> tuple[str, ...]:
    """The countries that codes and groups stand for, sorted, each once."""
    countries: set[str] = set()
    for code in codes:
        countries |= GROUPS.get(code) or {code}
    return tuple(sorted(countries))
