"""Organisations, committees, datasets and hosts of the demo world: tables that `world` makes through the services."""

from typing import Any

ORGANISATIONS: dict[str, dict[str, str]] = {
    "lakeland": {"name": "Lakeland Biobank", "domain": "lakeland.example", "country": "FI", "kind": "not-for-profit"},
    "costa-verde": {
        "name": "Costa Verde Institute",
        "domain": "costaverde.example",
        "country": "ES",
        "kind": "not-for-profit",
    },
    "saimaa-clinic": {
        "name": "Saimaa Genome Clinic",
        "domain": "saimaaclinic.example",
        "country": "FI",
        "kind": "not-for-profit",
    },
    "saimaa": {"name": "University of Saimaa", "domain": "saimaa.example", "country": "FI", "kind": "not-for-profit"},
    "corvid": {"name": "Corvid Therapeutics", "domain": "corvid.example", "country": "DE", "kind": "for-profit"},
    "harbour": {"name": "Harbour Computing", "domain": "harbour.example", "country": "ES", "kind": "not-for-profit"},
    "anvil": {"name": "AnVIL catalogue", "domain": "anvil.example", "country": "US", "kind": "not-for-profit"},
    "rehearsal": {"name": "Rehearsal Stage", "domain": "rehearsal.example", "country": "FI", "kind": "not-for-profit"},
}

COMMITTEES: dict[str, dict[str, Any]] = {
    "lakeland-dac": {
        "name": "Lakeland Data Access Committee", "organisation": "lakeland", "code": "LDC",
        "quorum": 2, "rule": "majority", "representative_must_vote": True, "expected_days": 10,
        "about": "Judges requests for the data of Lakeland Biobank. A participant representative always votes.",
    },
    "costa-verde-dac": {
        "name": "Costa Verde Data Access Committee", "organisation": "costa-verde", "code": "CVC",
        "quorum": 2, "rule": "unanimity", "expected_days": 15, "time_zone": "Europe/Madrid",
        "about": "Judges requests for the data of the Costa Verde Health Study. Decisions are unanimous.",
    },
    "saimaa-clinic-dac": {
        "name": "Saimaa Clinic Data Access Committee", "organisation": "saimaa-clinic", "code": "SGC",
        "quorum": 1, "rule": "majority", "chair_alone_on_permit": True, "expected_days": 5,
        "about": "Judges requests for the clinic's data. The chair alone decides where every rule permits.",
    },
    "anvil-dac": {
        "name": "AnVIL Demonstration Committee", "organisation": "anvil", "code": "AVC",
        "quorum": 2, "rule": "majority", "expected_days": 20, "time_zone": "America/New_York",
        "about": "Plays the part of those who decide on the real datasets listed here; in truth that is others' work.",
    },
    "rehearsal-dac": {
        "name": "Rehearsal Committee", "organisation": "rehearsal", "code": "RHC",
        "quorum": 2, "rule": "majority", "expected_days": 1,
        "about": "Exists so that the main job can be tried from end to end without touching anybody else's work.",
    },
}  # fmt: skip

# Who holds which seat, besides the roles on organisations below.
SEATS: dict[str, dict[str, list[str]]] = {
    "lakeland-dac": {"chair": ["chidi"], "member": ["mei"], "representative": ["rosa"], "secretary": ["sam"]},
    "costa-verde-dac": {"chair": ["mei"], "member": ["chidi"], "representative": ["rosa"], "secretary": ["sam"]},
    "saimaa-clinic-dac": {"chair": ["chidi"], "representative": ["rosa"], "secretary": ["sam"]},
    "anvil-dac": {"chair": ["mei"], "member": ["chidi"], "representative": ["rosa"], "secretary": ["sam"]},
}
ORGANISATION_ROLES: dict[str, dict[str, list[str]]] = {
    "saimaa": {"signing_official": ["sofia"]},
    "lakeland": {"steward": ["dana"]},
    "anvil": {"steward": ["dana"]},
    "harbour": {"host_operator": ["hanna"]},
}

HEART = "MONDO:0005267"
DIABETES = "MONDO:0005015"
EUROPE = {"term": "GS", "countries": ["FI", "SE", "NO", "ES", "EU"]}

DATASETS: dict[str, dict[str, Any]] = {
    "lakeland-hearts": {
        "title": "Lakeland hearts, genomes", "organisation": "lakeland", "committee": "lakeland-dac",
        "accession": "LLB-0003", "modes": ["download", "visit"], "data_types": ["whole genome"],
        "summary": "Whole genomes of adults who were asked about heart disease in their family.",
        "data_use": {"permission": "HMB", "modifiers": ["NPU", EUROPE, "IRB", "RTN"]},
    },
    "lakeland-births": {
        "title": "Lakeland births, exomes", "organisation": "lakeland", "committee": "lakeland-dac",
        "accession": "LLB-0007", "modes": ["visit"], "data_types": ["exome"],
        "summary": "Exomes of mothers from the birth cohort. Work takes place inside a secure room only.",
        "data_use": {"permission": "HMB", "modifiers": ["NPU", EUROPE], "local": ["visit-only"]},
    },
    "saimaa-rare-hearts": {
        "title": "Saimaa clinic, rare hearts", "organisation": "saimaa-clinic", "committee": "saimaa-clinic-dac",
        "accession": "SGC-0001", "modes": ["download", "visit"], "data_types": ["whole genome"],
        "summary": "Genomes from the clinic of people with inherited heart disease.",
        "data_use": {"permission": "DS", "diseases": [HEART], "modifiers": [{"term": "TS", "months": 24}, "IRB"]},
    },
    "costa-verde-diabetes": {
        "title": "Costa Verde diabetes", "organisation": "costa-verde", "committee": "costa-verde-dac",
        "accession": "CVH-0012", "modes": ["visit", "federated"], "data_types": ["exome"],
        "summary": "Exomes and health records of people with diabetes, for diabetes research only.",
        "data_use": {
            "permission": "DS", "diseases": [DIABETES], "modifiers": ["NCU", "PUB"], "local": ["visit-only"],
        },
    },
    "rehearsal-genomes": {
        "title": "Rehearsal genomes", "organisation": "rehearsal", "committee": "rehearsal-dac",
        "accession": "RHS-0001", "listed": False, "modes": ["download", "visit"], "data_types": ["whole genome"],
        "summary": "A dataset for trying the main job from end to end; it holds invented people only.",
        "data_use": {"permission": "HMB", "modifiers": ["NPU", "IRB"]},
    },
}  # fmt: skip

HOSTS: dict[str, dict[str, Any]] = {
    "harbour": {
        "name": "Harbour Workspace", "country": "ES", "modes": ["visit", "download"], "enforces_cohorts": True,
        "polls": True, "datasets": ["lakeland-hearts", "lakeland-births", "costa-verde-diabetes", "rehearsal-genomes"],
        "offset": 1, "prefix": "HW",
    },
    "arkiv": {
        "name": "Arkiv Download", "country": "FI", "modes": ["download"], "enforces_cohorts": False,
        "polls": False, "datasets": ["lakeland-hearts", "saimaa-rare-hearts", "rehearsal-genomes"],
        "offset": 2, "prefix": "AR",
    },
    "meridian": {
        "name": "Meridian Network", "country": "PT", "modes": ["federated"], "enforces_cohorts": False,
        "polls": False, "datasets": ["costa-verde-diabetes"], "offset": 3, "prefix": "MN",
    },
}  # fmt: skip

# What the reference host serves: data hosts with files, and the datasets whose files they hold.
SERVED = ("lakeland-hearts", "rehearsal-genomes")
