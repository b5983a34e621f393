"""How fast the matcher is on one core: verdicts of a batch, and complete decisions.

Figures to reach (generated data): 100 purposes against 10,000 datasets with at most 500 distinct data uses, 1
million verdicts a second; complete decisions for distinct inputs, 20,000 a second. Times are processor times
of this one process, so that other work on the machine does not count.
"""

import os
import random
import time
from datetime import date
from typing import Any

from governance.duo import terms
from governance.duo.batches.batch import Batch
from governance.duo.data_use import DataUse, parse_data_use
from governance.duo.local_terms import LOCAL_TERMS, METHODS_PERMITTED
from governance.duo.matcher import match, profile_of, view_of
from governance.duo.ontology import Ontologies, shipped
from governance.duo.purpose import UNDERTAKEN, Purpose, parse_purpose

SEED = 20261122
AT = date(2026, 11, 22)
SIZES = {"small": (20, 2_000, 100), "full": (100, 10_000, 500)}
"""Purposes, datasets, distinct data uses."""

_COUNTRIES = ["FI", "SE", "NO", "DE", "FR", "ES", "US", "CA", "BR", "ZA", "KE", "JP"]
_PEOPLE = [f"person-{number}" for number in range(20)]
_LIMITS = [
    terms.NPU,
    terms.NCU,
    terms.NPUNCU,
    terms.GSO,
    terms.IRB,
    terms.PUB,
    terms.COL,
    terms.RTN,
    terms.NPOA,
]


def _data_use(chance: random.Random, diseases: list[str]) -> DataUse:
    permission = chance.choice(["GRU", "GRU", "HMB", "HMB", "DS", "DS", "DS", "POA"])
    form: dict[str, Any] = {"permission": permission, "modifiers": [], "local": []}
    if permission == "DS":
        form["diseases"] = chance.sample(diseases, chance.randint(1, 3))
    form["modifiers"] += chance.sample(_LIMITS, chance.randint(0, 3))
    if permission == "POA":
        form["modifiers"] = [term for term in form["modifiers"] if term != terms.NPOA]
    if chance.random() < 0.4:
        form["modifiers"].append({"term": "GS", "countries": [*chance.sample(_COUNTRIES, 3), "EU"]})
    if chance.random() < 0.3:
        form["modifiers"].append({"term": "TS", "months": chance.choice([12, 24, 36])})
    if chance.random() < 0.2:
        form["modifiers"].append({"term": "US", "users": chance.sample(_PEOPLE, 5)})
    if chance.random() < 0.3:
        form["local"] = chance.sample(sorted(set(LOCAL_TERMS) - {METHODS_PERMITTED}), chance.randint(1, 2))
    return parse_data_use(form)


def _purpose(chance: random.Random, diseases: list[str]) -> Purpose:
    return parse_purpose(
        {
            "investigations": chance.sample(terms.INVESTIGATIONS, chance.randint(1, 3)),
            "diseases": chance.sample(diseases, chance.randint(1, 3)),
            "genetic": chance.choice([True, False, None]),
            "organisation_type": chance.choice(["not-for-profit", "for-profit", None]),
            "commercial": chance.choice([False, False, True, None]),
            "countries": chance.sample(_COUNTRIES, chance.randint(1, 3)),
            "users": chance.sample(_PEOPLE, chance.randint(1, 3)),
            "ethics_approval": {"reference": "REC-1", "valid_until": "2027-12-31"},
            "months": chance.choice([12, 24, None]),
            "agrees": chance.sample(UNDERTAKEN, chance.randint(0, 4)),
            "access_mode": chance.choice(["download", "visit", "federated", None]),
        }
    )


def _distinct(count: int, chance: random.Random, diseases: list[str]) -> list[DataUse]:
    found: dict[DataUse, None] = {}
    while len(found) < count:
        found[_data_use(chance, diseases)] = None
    return list(found)


def _verdicts_a_second(uses: list[DataUse], asked: list[Purpose], ontologies: Ontologies) -> float:
    """From data uses as stored to one verdict for each pair, compiling included."""
    start = time.process_time()
    rows = Batch(uses, ontologies).rows(asked, AT)
    answered = sum(len(row.verdicts) for row in rows)
    return answered / (time.process_time() - start)


def _decisions_a_second(uses: list[DataUse], asked: list[Purpose], ontologies: Ontologies, written: bool) -> float:
    """Every pair once; with `written`, each decision to its canonical bytes as well."""
    pairs = [(use, purpose) for purpose in asked for use in uses]
    start = time.process_time()
    for use, purpose in pairs:
        decision = match(use, purpose, AT, ontologies)
        if written:
            decision.to_bytes()
    return len(pairs) / (time.process_time() - start)


def run(size: str = "small", seed: int = SEED) -> dict[str, Any]:
    """Measures both figures and returns them with what they were measured on; the seed makes the data."""
    purposes, datasets, distinct = SIZES[size]
    chance = random.Random(seed)
    ontologies = shipped()
    diseases = sorted(chance.sample(sorted(ontologies.releases[0].terms), 300))
    uses = _distinct(distinct, chance, diseases)
    asked = [_purpose(chance, diseases) for _ in range(purposes)]
    stored = [chance.choice(uses) for _ in range(datasets)]
    for kept in (profile_of, view_of):
        kept.cache_clear()
    verdicts = _verdicts_a_second(stored, asked, ontologies)
    for kept in (profile_of, view_of):
        kept.cache_clear()
    return {
        "name": "matcher",
        "size": size,
        "seed": seed,
        "purposes": purposes,
        "datasets": datasets,
        "distinct_data_uses": distinct,
        "verdicts_per_second": round(verdicts),
        "verdicts_goal": 1_000_000,
        "decisions_per_second": round(_decisions_a_second(uses, asked, ontologies, written=False)),
        "decisions_written_per_second": round(_decisions_a_second(uses, asked, ontologies, written=True)),
        "decisions_goal": 20_000,
    }


def line(found: dict[str, Any]) -> str:
    """One line of the table of figures."""
    data = (
        f"{found['purposes']} purposes, {found['datasets']} datasets, "
        f"{found['distinct_data_uses']} data uses, seed {found['seed']}"
    )
    reached = (
        f"{found['verdicts_per_second']:,} verdicts/s (goal {found['verdicts_goal']:,}); "
        f"{found['decisions_per_second']:,} decisions/s, "
        f"{found['decisions_written_per_second']:,} written out (goal {found['decisions_goal']:,})"
    )
    return f"| matcher, one core | {data} | {reached} |"


if __name__ == "__main__":
    print(line(run(os.environ.get("SIZE", "small"))))
