"""What has been made of a demo world so far, by the names of `places`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access.models import Client
from consent.models import FormVersion, Participant, Programme
from governance.models import Committee, DataHost, Dataset, Organisation, User


@dataclass
class World:
    """What was made, by the names of `places`; `secrets_of` holds each client's secret once."""

    now: datetime
    password: str
    people: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    committees: dict[str, Committee] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    hosts: dict[str, DataHost] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    versions: dict[str, FormVersion] = field(default_factory=dict)
    participants: dict[str, Participant] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    secrets_of: dict[str, str] = field(default_factory=dict, repr=False)

    def ago(self, days: float) -> datetime:
        """A moment before the world was made."""
        return self.now - timedelta(days=days)
