"""People who join a dataset after a grant's epoch: they are in no cohort of it, so nothing of theirs may be opened."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.grants.evaluation import sweep
from access.hosts import feed_selectors as feeds
from access.hosts import page_selectors as host_pages
from access.hosts import services as hosts
from access.hosts.selectors import grant_at
from access.models import Grant, GrantChange, HostAcknowledgement, Visa
from access.verification import verify
from consent.models import Participant
from consent.selectors.positions import position
from consent.services import membership_import, memberships
from governance.models import AuditEvent, DataHost
from tests.access.cohorts import members
from tests.access.granted import LATER, Granted, granted, propagate
from tests.access.mints import mint_visas
from tests.access.operated import visas_at, withheld_at
from tests.access.provider.flows import World, a_world
from tests.access.provider.minting import granted as claims_in
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db
SOON = LATER + timedelta(minutes=1)


@pytest.fixture
def label_only() -> World:
    """Vault enforces cohorts and Loch does not; the dataset has no members, and visas for both are out."""
    world = a_world(enforces=True)
    with time_machine.travel(LATER, tick=False):
        for host in (world.vault, world.loch):
            mint_at(world, host)
    return world


def mint_at(world: World, host: DataHost | None) -> list[dict[str, Any]]:
    """The claims of the visas that Ada's portal gets there."""
    return claims_in(mint_visas(person=world.ada, client=world.portal.client, host=host, now=timezone.now()))


def first_members(world: World) -> None:
    members(consent.world("karelia"), world.access.dataset, consent.EVERYTHING, consent.HEALTH)


def joins(of: Granted, number: int = 7, *, first_version: int = 1) -> Participant:
    """One more person consents, and joins the dataset of the world; Arkiv calls them by an id of its own."""
    participant = consent.enrol(of.consent, consent.person(f"late-{number}", LATER))
    consent.answer(participant, of.consent, consent.EVERYTHING, LATER)
    line = membership_import.FileLine(
        number=1,
        participant_id=participant.pk,
        dataset=of.access.dataset.versions.get().accession,
        host="arkiv",
        host_member_id=f"arkiv-{number}",
    )
    if first_version == 1:
        membership_import.import_memberships(programme=of.consent.programme, lines=[line], by=TESTS, now=LATER)
    else:
        memberships.add(
            participant=participant, dataset=of.access.dataset, by=TESTS, now=LATER, first_version=first_version
        )
    return participant


def visas_of(grant: Grant) -> list[tuple[str | None, str]]:
    """Each visa of a grant: its host, and why it was revoked."""
    rows = Visa.objects.filter(grant=grant).select_related("host").order_by("pk")
    return [(row.host.slug if row.host else None, row.revoked_because) for row in rows]


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def test_the_first_members_end_the_visas_that_name_no_cohort_at_every_host(label_only: World):
    first_members(label_only)
    propagate(SOON)

    assert visas_of(label_only.grant) == [("vault", "joined"), ("loch", "joined")]
    assert [one for one in verify.findings(now=SOON) if one.invariant == 1] == []


def test_after_the_first_members_a_host_filters_or_leaves_them_out(label_only: World):
    first_members(label_only)

    with at(SOON):
        enforcing, other = mint_at(label_only, label_only.vault), mint_at(label_only, label_only.loch)
        newest = position(label_only.access.dataset.pk)
        at_loch = grant_at(label_only.loch, label_only.grant.number)
        removal = host_pages.removal(label_only.loch, at_loch, SOON)
        hosts.confirm(host=label_only.loch, grant=label_only.grant, position=newest, by=TESTS, now=SOON)
        confirmed = mint_at(label_only, label_only.loch)

    assert [claims["cohort"].rpartition("?")[2] for claims in enforcing] == [f"at={newest}"]
    assert (removal.ids, removal.unknown) == ([], 2)
    assert (other, len(confirmed)) == ([], 1)
    assert "cohort" not in confirmed[0]


def test_a_host_learns_from_its_feed_that_a_dataset_has_members_now(label_only: World):
    since = feeds.changed_grants(label_only.vault, 0, hosts.seal_grants())
    first_members(label_only)
    propagate(SOON)

    [grant] = feeds.changed_grants(label_only.vault, since.cursor, hosts.seal_grants()).grants

    before = feeds.grant_json(since.grants[0], SOON)["cohort"]
    assert (before, feeds.grant_json(grant, SOON)["cohort"] is not None) == (None, True)
    assert (grant.state, grant.cohort_size) == (Grant.State.ACTIVE, 0)
    assert HostAcknowledgement.objects.get().host == label_only.loch


def test_who_joins_later_is_left_out_where_no_cohort_is_kept():
    of = granted()
    visas_at(of, of.download, LATER)
    visas_at(of, of.enforcing, LATER)
    joins(of)
    propagate(LATER)

    removal = host_pages.removal(of.download, grant_at(of.download, of.grant.number), LATER)
    delta = feeds.cohort_page(of.download, of.now(), since=3, after=0, position=4, now=LATER)

    assert visas_of(of.grant) == [("arkiv", "joined"), ("harbour", "")]
    assert withheld_at(of, of.download, SOON) == [("unconfirmed", "arkiv")]
    assert (removal.ids, delta.removed, of.now().cohort_size) == (["arkiv-7"], ["arkiv-7"], 3)
    hosts.confirm(host=of.download, grant=of.grant, position=removal.until, by=TESTS, now=SOON)
    assert withheld_at(of, of.download, SOON) == []


def test_only_who_joined_since_the_last_confirmation_is_to_be_left_out():
    of = granted()
    joins(of, 7)
    propagate(LATER)
    hosts.confirm(host=of.download, grant=of.grant, position=4, by=TESTS, now=LATER)
    joins(of, 8)
    propagate(SOON)

    removal = host_pages.removal(of.download, grant_at(of.download, of.grant.number), SOON)

    assert (removal.ids, removal.unknown, removal.until) == (["arkiv-8"], 0, 5)


def test_who_joins_while_somebody_leaves_is_left_out_with_them():
    of = granted()
    joins(of)
    of.leaves(1)
    propagate(LATER)

    removal = host_pages.removal(of.download, grant_at(of.download, of.grant.number), LATER)

    assert sorted(removal.ids) == ["arkiv-1", "arkiv-7"]
    kinds = AuditEvent.objects.filter(subject_id=of.grant.number).order_by("pk").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["grant.shrunk", "grant.joined"]


def test_who_joins_a_later_version_changes_nothing_for_a_grant_on_an_earlier_one():
    of = granted()
    visas_at(of, of.download, LATER)
    joins(of, first_version=2)
    propagate(LATER)

    assert visas_of(of.grant) == [("arkiv", "")]
    assert not GrantChange.objects.filter(kind="grant.joined").exists()
    assert of.now().judged_position == position(of.access.dataset.pk)


def test_joining_is_followed_once():
    of = granted()
    joins(of)
    propagate(LATER)
    sweep(SOON)

    assert AuditEvent.objects.filter(kind="grant.joined").count() == 1


def test_a_visa_from_before_the_first_members_that_still_stands_is_found(label_only: World):
    first_members(label_only)
    propagate(SOON)
    Visa.objects.filter(grant=label_only.grant).update(revoked_at=None)

    assert {one.says for one in verify.findings(now=SOON)} >= {
        "it names no cohort, and is from before the last change of who is left out"
    }
