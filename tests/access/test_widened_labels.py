"""What changes around a grant while nobody's answers do: it lets nobody in who was denied, and takes people out at once."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F

from access.cases import services as cases
from access.cases.selectors import current_decision
from access.grants import evaluation
from access.grants.selectors import cohort_basis
from access.hosts import feed_selectors as feeds
from access.hosts import page_selectors as host_pages
from access.hosts.selectors import grants_at
from access.hosts.services import confirm
from access.hosts.travel_selectors import last_travel
from access.models import Grant, HostAcknowledgement, Visa
from access.my_data import selectors as my_data
from access.verification import verify
from consent.models import ConsentProfile, Member
from consent.selectors import cohorts
from consent.selectors.positions import position
from consent.services.cohorts import Move, record_moves
from governance.duo.canonical_json import digest
from governance.models import DataHost, User
from governance.services import datasets
from governance.services.ontology import activate_release, import_release
from tests.access import builders as access
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.access.operated import visas_at, withheld_at
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
SOON = LATER + timedelta(minutes=5)
LINKED = b"""format-version: 1.2
data-version: 2

[Term]
id: FAR:9
xref: MONDO:0005267 {source="FAR:equivalentTo"}
"""
ARRAYS, SEQUENCES = "OBI:0000070", "OBI:0000011"


def kinds_of_study(*kinds: str) -> dict[str, Any]:
    return {"permission": "HMB", "modifiers": [{"term": "RS", "research_types": list(kinds)}]}


def says(of: Granted, number: int, data_use: dict[str, Any]) -> None:
    """A participant's answers come to this data use, as those of another programme's form may."""
    member = Member.objects.select_related("profile").get(
        dataset=of.access.dataset, participant=of.participants[number]
    )
    assert member.profile is not None
    profile, _new = ConsentProfile.objects.get_or_create(
        key=digest(str(data_use))[-64:], data_use=data_use, outlets=member.profile.outlets, first_seen_at=NOW
    )
    record_moves(moves=[Move(member.pk, member.dataset_id, member.profile_id, profile.pk)], by=TESTS, now=NOW)
    member.profile = profile
    member.save()


def labelled(of: Granted, data_use: dict[str, Any], at: datetime = LATER) -> None:
    datasets.label_dataset(dataset=of.access.dataset, data_use=data_use, evidence="a letter", by=TESTS, now=at)


def asks(of: Granted, by: str = "bo", **purpose: Any) -> Granted:
    """The same world with the grant of another request, whose committee judged what it had to."""
    bo = access.person(by)
    access.belongs(of.access.university, bo)
    request = access.submitted(of.access, by=bo, **purpose)
    line = cases.take_into_review(line=of.access.line(request), by=of.access.chair, now=NOW)
    for voter in (of.access.chair, of.access.member, of.access.representative):
        cases.vote(line=line, choice="approve", reason="Fits.", by=voter, now=NOW)
    rules = [one["rule"] for one in current_decision(line, NOW).to_json()["reasons"] if one["verdict"] == "review"]
    made = cases.approve(line=line, by=of.access.chair, now=NOW, judged=dict.fromkeys(rules, "Both kinds are meant."))
    propagate(NOW)
    of.grant = Grant.objects.get(pk=made.pk)
    return of


@pytest.fixture
def of() -> Granted:
    """One participant agreed to arrays, one to both and one to sequencing; the label speaks of arrays, the request of both."""
    made = granted()
    labelled(made, kinds_of_study(ARRAYS), NOW)
    for number, kinds in enumerate(([ARRAYS], [ARRAYS, SEQUENCES], [SEQUENCES])):
        says(made, number, kinds_of_study(*kinds))
    return asks(made, research_types=[ARRAYS, SEQUENCES])


def ada(of: Granted) -> User:
    """Whose grant it is."""
    return of.grant.line.case.request.applicant


def served(of: Granted) -> Grant:
    """The grant as Arkiv's page reads it."""
    return grants_at(of.download).get(pk=of.grant.pk)


def inside(of: Granted, now: datetime = LATER) -> list[int]:
    """Who is in the cohort, by number; the same for each way in which it is read."""
    read = cohort_basis(of.now(), now)
    people = dict(Member.objects.filter(dataset=of.access.dataset).values_list("pk", "participant"))
    wanted = [
        number
        for number, one in enumerate(of.participants)
        if one.pk in {people[pk] for pk in cohorts.member_ids(read)}
    ]
    page = feeds.cohort_page(of.enforcing, of.now(), since=None, after=0, position=0, now=now)
    bits, _places = feeds.cohort_bits(of.enforcing, of.now(), now)
    told = [my_data.uses_of(one, now) for one in of.participants]
    shown = [n for n, uses in enumerate(told) if any(use.is_in for use in uses if use.grant.pk == of.grant.pk)]
    assert sorted(page.ids) == sorted(f"harbour-{number}" for number in wanted)
    assert sum(byte.bit_count() for byte in bits) == cohorts.size(read) == len(wanted)
    assert shown == wanted
    return wanted


def removed(of: Granted, host: DataHost, since: int, now: datetime = SOON) -> list[str]:
    """What a host hears that it must leave out, from a position on: by delta, or by what is in the whole no more."""
    page = feeds.cohort_page(host, of.now(), since=since, after=0, position=position(of.access.dataset.pk), now=now)
    everybody = {f"{host.slug}-{number}" for number in range(len(of.participants))}
    return sorted(everybody - set(page.ids)) if page.reset else sorted(page.removed)


def unconfirmed(of: Granted) -> list[str]:
    """The hosts that have something to follow."""
    behind = HostAcknowledgement.objects.filter(grant=of.grant, needs_position__gt=F("confirmed_position"))
    return sorted(behind.values_list("host__slug", flat=True))


def follows(of: Granted) -> int:
    """Both hosts leave out whoever has to be, and say so; returns up to where."""
    at = position(of.access.dataset.pk)
    for host in (of.enforcing, of.download):
        confirm(host=host, grant=of.now(), position=at, by=TESTS, now=LATER)
    return at


def test_a_label_that_widens_lets_nobody_in_who_was_denied(of: Granted) -> None:
    at_first, since = inside(of), follows(of)

    labelled(of, {"permission": "HMB"})
    before_the_worker = inside(of)
    propagate()

    assert at_first == before_the_worker == inside(of, SOON) == [0, 1]
    assert removed(of, of.enforcing, since) == removed(of, of.download, since) == []
    assert (of.now().cohort_size, position(of.access.dataset.pk), unconfirmed(of)) == (2, since, [])
    assert list(verify.findings(now=SOON)) == []


def test_a_grant_ends_where_a_label_shuts_the_last_ones_out(of: Granted) -> None:
    since = follows(of)
    visas_at(of, of.download, LATER, ada(of))

    of.leaves(1)
    labelled(of, kinds_of_study(SEQUENCES))
    before_the_worker = inside(of)
    propagate()

    assert before_the_worker == []
    assert (of.now().state, of.now().end_reason, of.now().cohort_size) == ("ended", "consent_gone", 0)
    assert Visa.objects.filter(grant=of.grant, revoked_at=None).count() == 0
    assert position(of.access.dataset.pk) == since + 1


def test_who_is_shut_out_while_others_stay_is_told_to_every_host(of: Granted) -> None:
    since = follows(of)
    visas_at(of, of.download, LATER, ada(of))

    labelled(of, kinds_of_study(SEQUENCES))
    propagate()

    assert (inside(of, SOON), of.now().cohort_size, of.now().shrunk_at_position) == ([1], 1, since + 1)
    assert removed(of, of.enforcing, since) == ["harbour-0", "harbour-2"]
    assert unconfirmed(of) == ["arkiv", "harbour"]
    assert list(host_pages.removal(of.download, served(of), SOON).ids) == ["arkiv-0", "arkiv-2"]
    assert Visa.objects.filter(grant=of.grant, host=of.download, revoked_at=None).count() == 0
    assert ("unconfirmed", "arkiv") in withheld_at(of, of.download, SOON, ada(of))
    travel = last_travel(of.download, SOON)
    assert travel is not None
    assert (travel.position, travel.left, travel.shut_out, travel.moved_out) == (since + 1, 1, True, False)
    assert list(verify.findings(now=SOON)) == []


def test_who_was_shut_out_comes_back_by_no_data_use(of: Granted) -> None:
    labelled(of, kinds_of_study(SEQUENCES))
    propagate()

    labelled(of, {"permission": "HMB"}, SOON)
    propagate(SOON)

    assert inside(of, SOON) == [1]


def test_many_grants_of_a_dataset_count_one_change_of_its_data_use(of: Granted) -> None:
    first, since = of.grant, position(of.access.dataset.pk)
    asks(of, "cem", research_types=[ARRAYS, SEQUENCES])

    labelled(of, kinds_of_study(SEQUENCES))
    propagate()

    assert position(of.access.dataset.pk) == since + 1
    rows = Grant.objects.filter(pk__in=[first.pk, of.grant.pk])
    assert set(rows.values_list("cohort_size", "narrowed_at_position", "judged_position")) == {
        (1, since + 1, since + 1)
    }
    assert evaluation.sweep(SOON) == 0


def test_a_day_that_ends_lets_nobody_in_who_was_denied() -> None:
    of = granted()
    says(of, 2, {"permission": "HMB", "modifiers": [{"term": "MOR", "until": "2026-12-01"}]})
    asks(of)
    over = NOW.replace(month=12, day=2)

    assert inside(of) == inside(of, over) == [0, 1]


def test_a_release_of_an_ontology_lets_nobody_in_who_was_denied() -> None:
    of = granted()
    says(of, 2, {"permission": "DS", "diseases": ["FAR:9"]})
    asks(of)
    at_first = inside(of)

    release = import_release(file=io.BytesIO(LINKED), by=TESTS, now=LATER).release
    activate_release(release=release, by=TESTS, now=LATER)
    propagate()

    [use] = [one for one in my_data.uses_of(of.participants[2], SOON) if one.grant.pk == of.grant.pk]
    assert at_first == inside(of, SOON) == [0, 1]
    assert (use.late, use.since, use.until) == (True, None, None)


def test_who_left_while_a_grant_waited_for_an_obligation_is_told_when_it_goes_on() -> None:
    of = granted({"permission": "HMB"})
    labelled(of, {"permission": "HMB", "modifiers": ["IRB", "PUB"]})
    propagate()
    of.leaves(0, LATER)
    propagate()
    waited = (of.now().state, of.now().shrunk_at_position)

    labelled(of, {"permission": "HMB"}, SOON)
    propagate(SOON)

    assert (waited, of.now().state, of.now().cohort_size) == (("suspended", 0), "active", 2)
    assert of.now().shrunk_at_position == position(of.access.dataset.pk)
    assert unconfirmed(of) == ["arkiv", "harbour"]
