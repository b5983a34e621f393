"""The files of the demo's data hosts: each host's configuration for `access.reference_host`, and its VCFs."""

import json
from pathlib import Path

from django.conf import settings

from access.demo import places, vcf
from access.demo.consents import own_id
from access.demo.state import World
from consent.models import HostMemberId
from governance.selectors.datasets import visa_value

# Samples for the people whom `manage.py journey` invites, four a run.
REHEARSAL_SAMPLES = 400


def write(world: World, folder: Path) -> None:
    """Write one folder for each host that serves files."""
    for slug, row in places.HOSTS.items():
        served = [name for name in places.SERVED if name in row["datasets"]]
        if served:
            _write_host(world, folder / "hosts" / slug, slug, served)


def _write_host(world: World, folder: Path, slug: str, served: list[str]) -> None:
    host = world.hosts[slug]
    objects = []
    for seed, name in enumerate(served):
        accession = places.DATASETS[name]["accession"]
        vcf.write(folder / f"{name}.vcf", _samples(slug, name, accession), seed)
        version = world.datasets[name].versions.get()
        objects.append(
            {"id": name, "name": places.DATASETS[name]["title"], "value": visa_value(version), "accession": accession,
             "path": f"{name}.vcf"}
        )  # fmt: skip
    config = {
        "name": host.name,
        "audience": host.audience,
        "base_url": host.base_url,
        "port": int(host.base_url.rpartition(":")[2]),
        "issuer": settings.BASE_URL,
        "enforces_cohorts": host.enforces_cohorts,
        "client_id": world.clients[slug].client_id,
        "client_secret": world.secrets_of[slug],
        "plain_http": [settings.BASE_URL.split("/")[2]],
        "objects": objects,
    }
    path = folder / "host.json"
    path.write_text(json.dumps(config, indent=1), encoding="utf-8")
    path.chmod(0o600)


def _samples(slug: str, name: str, accession: str) -> list[str]:
    if name == "rehearsal-genomes":
        return [own_id(slug, accession, number) for number in range(1, REHEARSAL_SAMPLES + 1)]
    rows = HostMemberId.objects.filter(host__slug=slug, member__dataset__slug=name).order_by("member__number")
    return list(rows.values_list("own_id", flat=True))
