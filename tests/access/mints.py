"""Visas as UserInfo gives them, without what it remembers to give again."""

from datetime import datetime

from access.models import Client
from access.passports import minting
from governance.models import DataHost, User


def mint_visas(*, person: User, client: Client | None, now: datetime, host: DataHost | None = None) -> minting.Minted:
    """The person's visas for a client; narrowed to a host where one is named."""
    return minting.minted(minting.record_intent(person=person, client=client, host=host, now=now), now)
