"""Who gets which visas, and why not."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from access.grants import services as grants
from access.hosts import services as hosts
from access.models import Grant, PassportIntent, Visa
from access.passports import client_services as clients
from access.passports import minting as visas
from access.visas.revocation import revoke_of_person, revoke_visas
from governance import keys
from governance.models import AuditEvent, DataHost, HostedDataset
from governance.record import outbox
from governance.services import keys as key_service
from governance.services import organisations
from tests.access import builders
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.access.provider.flows import World, a_world
from tests.access.provider.minting import granted, mint, why
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=False):
        yield


def test_an_active_grant_gives_a_visa_for_its_dataset():
    world, now = a_world(), timezone.now()

    claims = granted(mint(world))[0]

    row = Visa.objects.get(type="ControlledAccessGrants")
    assert claims == {
        "iss": settings.BASE_URL,
        "sub": world.ada.subject,
        "jti": row.jti,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 3600,
        "ga4gh_visa_v1": {
            "type": "ControlledAccessGrants",
            "asserted": int(builders.NOW.timestamp()),
            "value": f"{settings.BASE_URL}datasets/HEARTS-0001",
            "source": f"{settings.BASE_URL}committees/lakeland",
            "by": "dac",
        },
        "status": {"status_list": {"idx": row.index, "uri": f"{settings.BASE_URL}status/1"}},
    }
    assert (row.grant, row.host, row.position, row.revoked_at) == (world.grant, world.vault, None, None)


def test_the_other_visas_say_where_the_person_works_and_what_they_accepted():
    minted = mint(a_world())

    found = flows.by_type(list(minted.visas))
    said = {kind: visas_[0]["ga4gh_visa_v1"] for kind, visas_ in found.items() if kind != "ControlledAccessGrants"}
    assert said == {
        "AffiliationAndRole": {
            "type": "AffiliationAndRole",
            "asserted": int((builders.NOW - timedelta(days=1)).timestamp()),
            "value": "faculty@saimaa.example",
            "source": "https://ror.org/05abc1234",
            "by": "so",
        },
        "AcceptedTermsAndPolicies": {
            "type": "AcceptedTermsAndPolicies",
            "asserted": int(builders.NOW.timestamp()),
            "value": f"{settings.BASE_URL}terms/lakeland-terms-v1",
            "source": f"{settings.BASE_URL}committees/lakeland",
            "by": "self",
        },
    }


def test_no_visa_names_a_person_a_purpose_or_a_disease():
    world = a_world()

    minted = mint(world)

    text = " ".join(str(flows.read(visa)) for visa in minted.visas)
    assert len(minted.visas) == 3
    for word in ("Ada", "Lindholm", "ada@", "MONDO", "DUO", "heart failure", "HEL-2026"):
        assert word not in text


def test_one_intent_and_one_audit_event_stand_for_a_whole_passport():
    world = a_world()

    minted = mint(world)

    intent = PassportIntent.objects.get()
    event = AuditEvent.objects.get(kind="visas.intended")
    assert (intent.person, intent.host, intent.delivered_at) == (world.ada, world.vault, timezone.now())
    assert (event.actor, event.subject_id) == (world.ada.subject, str(intent.pk))
    assert event.detail | {"root": ""} == {
        "client": world.app.client.client_id,
        "host": "vault",
        "grants": [world.grant.pk],
        "visas": len(minted.visas),
        "root": "",
    }
    assert len(event.detail["root"]) == 64


def close_account(world: World) -> None:
    world.ada.is_active = False
    world.ada.save()


def end_affiliation(world: World) -> None:
    organisations.end_affiliation(affiliation=world.ada.affiliations.get(), by=TESTS, now=timezone.now())


def let_affiliation_run_out(world: World) -> None:
    world.ada.affiliations.update(until=timezone.now())


def leave_the_demo(world: World) -> None:
    flows.Installation.objects.update(demo=False)


def end_the_grant(world: World) -> None:
    grants.end_grant(grant=world.grant, reason=Grant.End.REVOKED, note="Misuse.", by=TESTS, now=timezone.now())


def suspend_the_grant(world: World) -> None:
    grants.suspend(grant=world.grant, note="An incident.", by=TESTS, now=timezone.now())


def end_her_part(world: World) -> None:
    grants.end_person(grant=world.grant, person=world.ada, note="She left.", by=TESTS, now=timezone.now())


def ask_for_other_terms(world: World) -> None:
    other = builders.terms_of(world.access.committee, "Use the data for your purpose, and publish.")
    world.access.requests[-1].submissions.get().terms.set([other])


def serve_no_more(world: World) -> None:
    HostedDataset.objects.filter(host=world.vault).delete()


def change_modes(world: World) -> None:
    DataHost.objects.filter(pk=world.vault.pk).update(modes=["federated"])


def close_the_host(world: World) -> None:
    DataHost.objects.filter(pk=world.vault.pk).update(closed_at=timezone.now())


def change_the_label(world: World) -> None:
    world.access.dataset.data_use = {"permission": "DS", "diseases": ["MONDO:0005148"]}
    world.access.dataset.save()


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        (close_account, ["closed"]),
        (end_affiliation, ["affiliation"]),
        (let_affiliation_run_out, ["affiliation"]),
        (leave_the_demo, ["second_factor"]),
        (end_the_grant, []),
        (suspend_the_grant, []),
        (end_her_part, []),
        (ask_for_other_terms, ["terms"]),
        (serve_no_more, []),
        (change_modes, []),
        (close_the_host, []),
        (change_the_label, ["not_active"]),
    ],
)
def test_without_what_it_rests_on_there_is_no_visa(event: Any, codes: list[str]):
    world = a_world()
    assert len(granted(mint(world))) == 1

    event(world)

    after = mint(world)
    assert (granted(after), why(after)) == ([], codes)


def test_a_colleague_who_is_not_on_the_grant_gets_no_visa_for_it():
    world = a_world()
    carl = builders.person("carl")
    builders.belongs(world.access.university, carl)
    builders.accept(world.access.terms, carl)

    minted = mint_visas(person=carl, client=world.app.client, now=timezone.now())

    assert set(flows.by_type(list(minted.visas))) == {"AffiliationAndRole"}


@pytest.mark.parametrize(
    ("minutes", "lives", "codes"),
    [(90, 3600, []), (40, 2400, []), (11, 660, []), (10, None, ["ends_too_soon"])],
)
def test_a_visa_never_outlives_its_grant_and_never_ends_within_ten_minutes(
    minutes: int, lives: int | None, codes: list[str]
):
    world, now = a_world(), timezone.now()
    Grant.objects.update(ends_at=now + timedelta(minutes=minutes))

    minted = mint(world)

    assert [claims["exp"] - claims["iat"] for claims in granted(minted)] == ([lives] if lives else [])
    assert why(minted) == codes
    assert minted.expires == now + timedelta(seconds=lives or 3600)


def test_a_visa_never_outlives_the_affiliation_the_ethics_approval_or_the_key():
    world, now = a_world(), timezone.now()
    world.ada.affiliations.update(until=now + timedelta(minutes=30))
    affiliation = granted(mint(world))[0]
    key_service.SigningKey.objects.update(published_until=now + timedelta(minutes=20))
    key = granted(mint(world))[0]

    with time_machine.travel("2027-12-31 21:30:00+00:00", tick=False):
        world.ada.affiliations.update(until=None)
        key_service.SigningKey.objects.update(published_until=timezone.now() + timedelta(days=9))
        ethics = granted(mint(world))[0]

    assert [claims["exp"] - claims["iat"] for claims in (affiliation, key, ethics)] == [1800, 1200, 1800]


def test_an_ethics_approval_until_the_last_day_of_the_calendar_gives_a_visa(monkeypatch: pytest.MonkeyPatch):
    approval = {"reference": "HEL-2026-114", "valid_until": "9999-12-31"}
    monkeypatch.setitem(builders.PURPOSE, "ethics_approval", approval)
    world = a_world()

    [claims] = granted(mint(world))

    assert claims["exp"] - claims["iat"] == 3600


def test_newer_terms_do_not_stop_a_grant_that_was_given_under_the_old_ones():
    world = a_world()

    builders.terms_of(world.access.committee, "Use the data for your purpose, and publish.")

    assert len(granted(mint(world))) == 1


def test_a_portal_gets_one_visa_for_all_hosts_alike_and_a_named_host_its_own():
    world, now = a_world(), timezone.now()

    everywhere = mint_visas(person=world.ada, client=world.portal.client, now=now)
    at_loch = mint_visas(person=world.ada, client=world.portal.client, host=world.loch, now=now)
    foreign = mint_visas(person=world.ada, client=world.app.client, host=world.loch, now=now)

    assert [len(granted(minted)) for minted in (everywhere, at_loch, foreign)] == [1, 1, 0]
    assert [row.host for row in Visa.objects.filter(grant__isnull=False).order_by("pk")] == [None, world.loch]


def test_the_visa_has_the_type_that_its_host_asks_for_and_the_archive_id_of_its_dataset():
    world = a_world()
    DataHost.objects.filter(pk=world.vault.pk).update(visa_typ="JWT")
    world.access.dataset.versions.update(visa_value="EGAD00001000001")

    visa = mint(world).visas[0]

    header = flows.pyjwt.get_unverified_header(visa)
    assert header == {
        "typ": "JWT",
        "alg": "RS256",
        "kid": keys.active("token").kid,
        "jku": f"{settings.BASE_URL}.well-known/jwks.json",
    }
    assert flows.read(visa)["ga4gh_visa_v1"]["value"] == "EGAD00001000001"


def test_at_most_two_hundred_visas_and_the_latest_end_first(monkeypatch: pytest.MonkeyPatch):
    world = a_world()
    monkeypatch.setattr(visas, "MAX_VISAS", 2)

    minted = mint_visas(person=world.ada, client=world.portal.client, now=timezone.now())

    assert (len(minted.visas), len(granted(minted)), why(minted)) == (2, 0, ["too_many"])


def test_a_visa_that_breaks_its_lint_is_withheld_and_the_others_are_given():
    world = a_world()
    world.access.dataset.versions.update(visa_value="DUO:0000042")

    minted = mint(world)

    assert (granted(minted), why(minted)) == ([], ["lint"])
    assert len(minted.visas) == 2


def test_revoking_narrows_to_people_and_hosts():
    world, now = a_world(), timezone.now()
    for host in (world.vault, world.loch):
        mint_visas(person=world.ada, client=world.portal.client, host=host, now=now)

    with hosts.transaction.atomic():
        by_other = revoke_visas(grant=world.grant, because="test", now=now, people=[world.access.chair])
        at_loch = revoke_visas(grant=world.grant, because="test", now=now, hosts=[world.loch])
        rest = revoke_visas(grant=world.grant, because="test", now=now)

    assert [by_other, at_loch, rest] == [0, 1, 1]


def test_a_revoked_key_puts_every_visa_it_signed_on_the_status_list():
    world = a_world()
    minted = mint(world)

    key_service.revoke(kid=keys.active("token").kid, by=TESTS, now=timezone.now())
    outbox.drain(now=timezone.now())

    rows = Visa.objects.all()
    assert {row.revoked_because for row in rows} == {"key_revoked"}
    assert len(rows) == len(minted.visas)
    assert {flows.kid(visa) for visa in mint(world).visas} == {keys.active("token").kid}


def test_an_ended_affiliation_ends_its_visa_and_the_persons_part_in_the_grants():
    world = a_world()
    mint(world)

    end_affiliation(world)
    outbox.drain(now=timezone.now())

    assert set(Visa.objects.values_list("revoked_because", flat=True)) == {"affiliation_ended", "person_ended"}
    assert world.grant.people.get(person=world.ada).ended_at == timezone.now()


def test_everything_of_a_person_can_be_revoked():
    world = a_world()
    minted = mint(world)

    count = revoke_of_person(subject=world.ada.subject, because="account_closed", now=timezone.now())

    assert count == len(minted.visas)
    assert AuditEvent.objects.get(kind="visas.revoked").detail == {"count": 3, "because": "account_closed"}


def test_a_client_of_the_code_flow_and_its_token_exchange_give_the_same_visas():
    world = a_world()
    token = flows.tokens(world.app, world.ada)["access_token"]

    info = flows.userinfo(token).json()["ga4gh_passport_v1"]
    passport = flows.read(flows.exchange(world.app, token).json()["access_token"])

    said = [
        sorted(str(flows.read(visa)["ga4gh_visa_v1"]) for visa in found)
        for found in (info, passport["ga4gh_passport_v1"])
    ]
    assert said[0] == said[1]
    assert passport["exp"] == min(flows.read(visa)["exp"] for visa in passport["ga4gh_passport_v1"])
    assert clients.TOKEN_EXCHANGE in world.app.client.grants
