"""Minting for Ada of a small world, and reading what came of it."""

from typing import Any

from django.utils import timezone

from access.passports import minting as visas
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.access.provider.flows import World


def mint(world: World, **more: Any) -> visas.Minted:
    """Ada's visas for the vault's own client."""
    return mint_visas(person=world.ada, client=world.app.client, now=timezone.now(), **more)


def granted(minted: visas.Minted) -> list[dict[str, Any]]:
    """The claims of the controlled access visas."""
    return flows.by_type(list(minted.visas)).get("ControlledAccessGrants", [])


def why(minted: visas.Minted) -> list[str]:
    """The codes of what is withheld."""
    return [one.code for one in minted.withheld]
