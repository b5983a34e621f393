"""What the reference host is told: who it is, which platform it trusts, what it serves."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ServedObject:
    """A DRS object: its id, the visa value and accession of its dataset, and the VCF file behind it."""

    id: str
    name: str
    value: str
    accession: str
    path: Path


@dataclass(frozen=True, slots=True)
class HostConfig:
    """One host. `issuer` is the platform's base with its trailing slash; `poll_seconds` is how often it listens."""

    name: str
    audience: str
    base_url: str
    port: int
    issuer: str
    enforces_cohorts: bool
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    poll_seconds: float = 2.0
    plain_http: frozenset[str] = frozenset()
    objects: tuple[ServedObject, ...] = ()

    def object(self, identifier: str) -> ServedObject | None:
        """The object with this id."""
        return next((served for served in self.objects if served.id == identifier), None)


def read_config(path: Path) -> HostConfig:
    """Read the JSON file; relative VCF paths start from its folder. Raises ValueError naming what is missing."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    try:
        return HostConfig(
            name=document["name"],
            audience=document["audience"],
            base_url=document["base_url"].rstrip("/"),
            port=int(document["port"]),
            issuer=document["issuer"],
            enforces_cohorts=bool(document["enforces_cohorts"]),
            client_id=document.get("client_id", ""),
            client_secret=document.get("client_secret", ""),
            poll_seconds=float(document.get("poll_seconds", 2.0)),
            plain_http=frozenset(document.get("plain_http", [])),
            objects=tuple(
                ServedObject(
                    id=row["id"],
                    name=row["name"],
                    value=row["value"],
                    accession=row["accession"],
                    path=path.parent / row["path"],
                )
                for row in document["objects"]
            ),
        )
    except KeyError as missing:
        raise ValueError(f"{path} names no {missing.args[0]!r}: add it") from missing
