"""What data hosts read and confirm: their own grants, members and cohorts alone, in one order, with deltas."""

import base64
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from access.cases import services as cases
from access.domain import member_order
from access.grants import evaluation
from access.grants import services as grants
from access.hosts import feed_selectors as feeds
from access.hosts.services import confirm
from access.models import HostAcknowledgement, HostFeed
from access.passports import client_services as clients
from consent.services.membership_import import FileLine, import_memberships
from governance.domain.errors import Invalid
from governance.models import AuditEvent, DataHost
from governance.services import hosts as registry
from governance.services import keys
from tests.access import builders as access
from tests.access.granted import LATER, NOW, Granted, granted, host, propagate
from tests.acting import TESTS
from tests.consent import builders as consent
from tests.worlds import made_once

pytestmark = pytest.mark.django_db


class Api:
    """The API as one host's client uses it."""

    def __init__(self, of: DataHost) -> None:
        client, secret = clients.register_client(
            name=of.name, host=of, grants=[clients.CLIENT_CREDENTIALS], redirect_uris=[], scopes=["host"], by=TESTS,
            now=timezone.now(),
        )  # fmt: skip
        basic = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
        answer = Browser().post(
            "/oauth/token",
            {"grant_type": "client_credentials", "scope": "host"},
            headers={"authorization": f"Basic {basic}"},
        )
        self.headers = {"authorization": f"Bearer {answer.json()['access_token']}"}

    def get(self, path: str, **query: Any) -> Any:
        return Browser().get(f"/api/v1/hosts/{path}", query, headers=self.headers)

    def post(self, path: str, body: object) -> Any:
        return Browser().post(f"/api/v1/hosts/{path}", body, content_type="application/json", headers=self.headers)


@pytest.fixture
@made_once
def of() -> Granted:
    keys.ensure(by=TESTS, now=NOW)
    return granted()


@pytest.fixture
def harbour(of: Granted) -> Api:
    return Api(of.enforcing)


def test_a_host_reads_its_grants_as_a_feed(of: Granted, harbour: Api) -> None:
    page = harbour.get("grants", since=0).json()

    [row] = page["grants"]
    assert (row["grant"], row["state"], row["tombstone"]) == (of.grant.number, "active", False)
    assert (row["dataset"], row["people"]) == ("HEARTS-0001", [of.access.ada.subject])
    assert harbour.get("grants", since=page["cursor"]).json()["grants"] == []


def test_an_ended_grant_is_a_tombstone_in_the_feed(of: Granted, harbour: Api) -> None:
    cursor = harbour.get("grants").json()["cursor"]
    grants.end_grant(grant=of.grant, reason="revoked", note="misuse", by=of.access.chair, now=LATER)

    [row] = harbour.get("grants", since=cursor).json()["grants"]

    assert (row["tombstone"], row["people"]) == (True, [])


def test_members_come_in_one_fixed_order_with_the_hosts_own_ids(of: Granted, harbour: Api) -> None:
    order = feeds.order_of(of.enforcing, of.access.dataset)
    placed = sorted((order.place(n + 1), f"harbour-{n}") for n in range(3))

    page = harbour.get("members/HEARTS-0001").json()

    assert page == {
        "members": [{"number": place, "id": own} for place, own in placed],
        "cursor": 0,
        "more": False,
    }


def test_two_hosts_give_the_same_people_different_numbers(of: Granted, harbour: Api) -> None:
    arkiv = Api(of.download)

    here = {row["id"].rpartition("-")[2]: row["number"] for row in harbour.get("members/HEARTS-0001").json()["members"]}
    there = {row["id"].rpartition("-")[2]: row["number"] for row in arkiv.get("members/HEARTS-0001").json()["members"]}

    assert set(here) == set(there) == {"0", "1", "2"}
    assert not set(here.items()) & set(there.items())


def test_a_member_who_comes_later_moves_nobody(of: Granted, harbour: Api) -> None:
    before = harbour.get("members/HEARTS-0001").json()
    new = consent.enrol(of.consent, consent.person("newcomer", NOW), name="Somebody New")
    line = FileLine(9, new.pk, dataset="HEARTS-0001", host="harbour", host_member_id="harbour-new")
    import_memberships(programme=of.consent.programme, lines=[line], by=TESTS, now=NOW)

    after = harbour.get("members/HEARTS-0001", since=before["cursor"]).json()["members"]

    assert [row for row in after if row["id"] != "harbour-new"] == before["members"]
    assert "harbour-new" in {row["id"] for row in after}


def test_a_full_block_is_read_once(of: Granted, harbour: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BLOCK", 2), ("MEMBERS_PAGE", 2)):
        monkeypatch.setattr(member_order if name == "BLOCK" else feeds, name, value)
    member_order._permutation.cache_clear()

    first = harbour.get("members/HEARTS-0001").json()
    second = harbour.get("members/HEARTS-0001", since=first["cursor"]).json()
    member_order._permutation.cache_clear()

    assert ([len(page["members"]) for page in (first, second)], first["more"], second["more"]) == ([2, 1], True, False)
    assert (first["cursor"], second["cursor"]) == (2, 2)


def test_a_cohort_is_read_whole_and_then_by_what_left_it(of: Granted, harbour: Api) -> None:
    whole = harbour.get(f"cohorts/{of.grant.number}").json()
    of.leaves(1)

    delta = harbour.get(f"cohorts/{of.grant.number}", since=whole["position"]).json()

    assert (whole["reset"], whole["ids"], whole["position"]) == (True, ["harbour-0", "harbour-1", "harbour-2"], 3)
    assert (delta["reset"], delta["removed"], delta["position"]) == (False, ["harbour-1"], 4)


def test_a_cohort_as_bits_counts_in_the_members_order(of: Granted, harbour: Api) -> None:
    of.leaves(1)

    bits = harbour.get(f"cohorts/{of.grant.number}", form="bits").json()

    numbers = {row["id"]: row["number"] for row in harbour.get("members/HEARTS-0001").json()["members"]}
    set_bits = int.from_bytes(base64.b64decode(bits["bits"]), "little")
    inside = {own for own, place in numbers.items() if set_bits >> (place - 1) & 1}
    assert (inside, set_bits.bit_count()) == ({"harbour-0", "harbour-2"}, 2)
    assert (bits["places"], bits["position"]) == (1024, 4)


def test_a_position_older_than_the_epoch_is_answered_whole(of: Granted, harbour: Api) -> None:
    assert harbour.get(f"cohorts/{of.grant.number}", since=1).json()["reset"] is True


def test_an_ended_grants_cohort_is_empty(of: Granted, harbour: Api) -> None:
    grants.end_grant(grant=of.grant, reason="revoked", note="misuse", by=of.access.chair, now=LATER)

    page = harbour.get(f"cohorts/{of.grant.number}", since=3).json()

    assert (page["state"], page["reset"], page["ids"]) == ("ended", True, [])


def test_a_host_confirms_the_position_that_it_enforces(of: Granted, harbour: Api) -> None:
    of.leaves(0)
    propagate()

    answer = harbour.post(f"cohorts/{of.grant.number}/confirm", {"position": 4})

    assert answer.json() == {"confirmed": 4, "needs": 4}
    assert HostAcknowledgement.objects.get(host=of.enforcing, grant=of.grant).confirmed_position == 4
    assert AuditEvent.objects.get(kind="host.confirmed").actor == "host:harbour"


def test_a_confirmation_never_goes_back(of: Granted) -> None:
    of.leaves(0)
    confirm(host=of.enforcing, grant=of.grant, position=4, by=TESTS, now=LATER)

    row = confirm(host=of.enforcing, grant=of.grant, position=2, by=TESTS, now=LATER)

    assert row.confirmed_position == 4


def test_a_position_that_does_not_exist_is_refused(of: Granted) -> None:
    with pytest.raises(Invalid, match="the newest is 3"):
        confirm(host=of.enforcing, grant=of.grant, position=99, by=TESTS, now=LATER)


def test_reading_from_a_cursor_says_how_far_the_host_has_read(of: Granted, harbour: Api) -> None:
    cursor = harbour.get("grants").json()["cursor"]

    harbour.get("grants", since=cursor)

    assert HostFeed.objects.get(host=of.enforcing).cursor == cursor


def test_another_hosts_grant_looks_as_if_it_were_not_there(of: Granted) -> None:
    stranger = Api(host("stranger", enforces=True))

    asked = [
        stranger.get(f"cohorts/{of.grant.number}"),
        stranger.get("members/HEARTS-0001"),
        stranger.post(f"cohorts/{of.grant.number}/confirm", {"position": 1}),
        stranger.get("cohorts/G-9999"),
    ]

    assert [answer.status_code for answer in asked] == [404] * 4
    assert stranger.get("grants").json()["grants"] == []


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}])
def test_nobody_reads_a_feed_without_a_hosts_token(of: Granted, headers: dict[str, str]) -> None:
    assert Browser().get("/api/v1/hosts/grants", headers=headers).status_code == 401


@pytest.mark.parametrize("since", ["x", "-1", "1e9", "9" * 40, "99999", "٣"])
def test_a_wrong_cursor_is_a_clear_400(of: Granted, harbour: Api, since: str) -> None:
    answer = harbour.get("grants", since=since)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["since"])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"position": "x"}',
        '{"position": -1}',
        '{"position": null}',
        "{",
        "[" * 50_000,
        " " * 70_000 + "1",
    ],
    ids=lambda body: body[:16],
)
def test_a_wrong_confirmation_is_a_clear_400(of: Granted, harbour: Api, body: str) -> None:
    answer = Browser().post(
        f"/api/v1/hosts/cohorts/{of.grant.number}/confirm",
        body,
        content_type="application/json",
        headers=harbour.headers,
    )

    assert answer.status_code == 400


def queries_of(harbour: Api) -> int:
    with CaptureQueriesContext(connection) as taken:
        harbour.get("grants", since=0)
    return len(taken)


def test_a_feed_costs_the_same_however_many_grants_there_are(of: Granted, harbour: Api) -> None:
    harbour.get("grants", since=0)
    with_one = queries_of(harbour)
    for number in range(2):
        carl = access.person(f"carl-{number}")
        access.belongs(of.access.university, carl)
        request = access.submitted(of.access, by=carl)
        line = cases.take_into_review(line=of.access.line(request), by=of.access.chair, now=NOW)
        for voter in (of.access.chair, of.access.member):
            cases.vote(line=line, choice="approve", reason="Fits.", by=voter, now=NOW)
        cases.approve(line=line, by=of.access.chair, now=NOW)
    harbour.get("grants", since=0)

    assert len(harbour.get("grants", since=0).json()["grants"]) == 3
    assert queries_of(harbour) == with_one


def test_a_host_that_serves_another_mode_has_no_cohort_to_enforce(of: Granted) -> None:
    federated = registry.register_host(
        slug="meridian", name="Meridian", organisation=of.enforcing.organisation, country="PT", modes=["federated"],
        base_url="https://meridian.example", audience="https://meridian.example", by=TESTS, now=NOW,
    )  # fmt: skip
    registry.serve_dataset(host=federated, dataset=of.access.dataset, by=TESTS, now=NOW)
    of.leaves(0)

    evaluation.judge_grant(of.now(), LATER)

    assert not HostAcknowledgement.objects.filter(host=federated).exists()


def test_each_answer_has_the_fields_of_its_description(of: Granted, harbour: Api) -> None:
    described = SchemaGenerator().get_schema(public=True)
    shapes = {name: set(shape.get("properties", ())) for name, shape in described["components"]["schemas"].items()}
    cohort = harbour.get(f"cohorts/{of.grant.number}").json()
    bits = harbour.get(f"cohorts/{of.grant.number}", form="bits").json()
    members = harbour.get("members/HEARTS-0001").json()
    grants = harbour.get("grants").json()

    either = described["components"]["schemas"]["CohortInEitherForm"]["oneOf"]
    assert [one["$ref"].rpartition("/")[2] for one in either] == ["Cohort", "Bits"]
    assert {
        "Cohort": set(cohort), "Bits": set(bits), "Members": set(members), "Member": set(members["members"][0]),
        "Grants": set(grants), "Grant": set(grants["grants"][0]),
    } == {name: shapes[name] for name in ("Cohort", "Bits", "Members", "Member", "Grants", "Grant")}  # fmt: skip
