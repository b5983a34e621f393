"""The generator of large worlds, in a small form: what it copies passes `verify` as what the services wrote."""

import pytest
from django.core.management import call_command

from access.models import Grant
from benchmarks import world
from consent.models import Member, Participant
from governance.record import sealer

pytestmark = pytest.mark.django_db


def test_a_generated_world_is_consistent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(world, "REQUESTS", 1)
    monkeypatch.setattr(world, "LINES", 2)
    # In several pieces, as the record of a large world is.
    monkeypatch.setattr(sealer, "AT_ONCE", 100)

    world.make(300)
    call_command("verify")

    assert "everything fits" in capsys.readouterr().out
    assert (Participant.objects.count(), Member.objects.filter(dataset__slug__startswith="set-").count()) == (319, 600)
    assert Grant.objects.count() == 1 + 2 * 2


def test_a_database_with_somebody_in_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "REQUESTS", 1)
    monkeypatch.setattr(world, "LINES", 1)
    world.make(10)

    with pytest.raises(SystemExit, match="somebody is in this database"):
        world.make(10)
