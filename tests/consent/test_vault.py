"""The vault: one key for each person, nothing telling anywhere else."""

import logging

import pytest
from cryptography.fernet import Fernet, InvalidToken

from consent import vault
from consent.models import VaultKey, VaultRecord
from consent.services import erasure
from consent.services.ledger import withdraw
from governance.domain.errors import Conflict, NotNow, NotThere
from governance.models import AuditEvent
from tests.consent.builders import BORN, HEALTH, NOW, answer, enrol, person, world

pytestmark = pytest.mark.django_db


def test_a_record_is_sealed_under_a_key_of_its_own():
    of = world()
    petra, tomas = enrol(of, email="petra@canary.example"), enrol(of)
    VaultRecord.objects.filter(participant=tomas).update(sealed=petra.vault_record.sealed)

    identity = vault.read(petra)

    assert (identity.name, identity.date_of_birth, identity.email) == (
        "Petra Koskinen",
        BORN,
        "petra@canary.example",
    )
    stored = petra.vault_record.sealed + petra.vault_key.wrapped
    assert "Petra" not in stored
    with pytest.raises(InvalidToken):
        vault.read(tomas)


def test_wrapping_keys_are_rotated_by_putting_the_new_one_first(settings):
    of = world()
    petra = enrol(of)
    old, new = settings.VAULT_WRAPPING_KEYS[0], Fernet.generate_key().decode()

    settings.VAULT_WRAPPING_KEYS = [new, old]
    tomas = enrol(of)
    both = vault.read(petra).name, vault.read(tomas).name
    settings.VAULT_WRAPPING_KEYS = [new]

    assert both == ("Petra Koskinen", "Petra Koskinen")
    assert vault.read(tomas).name == "Petra Koskinen"
    with pytest.raises(NotNow, match="wrapping keys"):
        vault.read(petra)


def test_an_outside_id_is_found_in_its_own_programme_alone():
    of, other = world(), world("costa")
    petra = enrol(of, outside_id="LB-001")
    twin = enrol(other, outside_id="LB-001")

    assert vault.find_by_outside_ids(of.programme, [" lb-001", "LB-002", ""]) == {" lb-001": petra.pk}
    hashes = set(VaultRecord.objects.values_list("outside_id_hash", flat=True))
    assert len(hashes) == 2
    assert twin.vault_record.outside_id_hash != petra.vault_record.outside_id_hash
    with pytest.raises(Conflict, match="already enrolled"):
        enrol(of, outside_id="LB-001")


def test_nothing_personal_is_printed(caplog):
    of = world()
    caplog.set_level(logging.DEBUG)
    petra = enrol(of, person("petra"), name="Petra Canary", outside_id="CANARY-1", email="c@canary.example")
    identity = vault.read(petra)
    answer(petra, of, HEALTH)

    printed = [repr(identity), str(identity), repr(petra), str(petra), repr(petra.vault_record), caplog.text]
    printed += [f"{row.subject_id} {row.detail}" for row in AuditEvent.objects.all()]

    assert not any("anary" in text or "CANARY" in text or "1984" in text for text in printed)


def test_erasing_destroys_key_and_hashes_and_leaves_the_ledger_whole():
    of = world()
    petra = enrol(of, person("petra"), outside_id="LB-001")
    answer(petra, of, HEALTH)

    erasure.erase_identity(participant=petra, by=of.rosa, now=NOW)

    petra.refresh_from_db()
    assert petra.account is None
    assert not VaultKey.objects.filter(participant=petra).exists()
    assert VaultRecord.objects.get(participant=petra).sealed == ""
    assert vault.find_by_outside_ids(of.programme, ["LB-001"]) == {}
    assert vault.is_erased(petra)
    assert [row.kind for row in petra.events.all()] == ["affirmed", "withdrawn"]
    assert petra.state.profile.excluded
    with pytest.raises(NotThere, match="erased"):
        vault.read(petra)


def test_an_erased_person_can_still_be_kept_out_of_contact():
    of = world()
    petra = enrol(of)
    erasure.erase_identity(participant=petra, by=of.rosa, now=NOW)

    row = withdraw(participant=petra, axis="no_contact", by=of.rosa, capacity="coordinator", now=NOW)

    assert row.sequence == 2
