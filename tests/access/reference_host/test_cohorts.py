"""The reference host serves what the cohorts of the visas open, as its own copies stand; the platform is a small server."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from access.clearinghouse import Clearinghouse
from access.reference_host.app import PREFIX, DrsHost
from access.reference_host.config import HostConfig, ServedObject
from access.reference_host.copy import CohortCopies, Platform
from tests.access.reference_host.test_vcf import VCF
from tests.access.tokens import DATASET, HOST, NOW, config, passport, visa, web

Json = dict[str, Any]
COHORTS = "https://duologue.example/api/v1/hosts/cohorts/"


class Feeds:
    """What the platform's feeds say: grants, and the ids and position of each cohort."""

    def __init__(self, server: HTTPServer) -> None:
        self.grants: list[Json] = []
        self.cohorts: dict[str, tuple[int, list[str]]] = {}
        token = server.url_for("/oauth/token")
        server.expect_request("/.well-known/openid-configuration").respond_with_json({"token_endpoint": token})
        server.expect_request("/oauth/token").respond_with_json({"access_token": "t", "expires_in": 3600})
        for grant in ("G-1", "G-2"):
            server.expect_request(f"/api/v1/hosts/cohorts/{grant}/confirm").respond_with_json({})
        self._server = server

    def say(self, *grants: str, label_only: bool = False, **cohorts: tuple[int, list[str]]) -> None:
        """Grants on the one dataset; `G1=(position, ids)`."""
        rows = [
            {
                "grant": name,
                "dataset": "D-1",
                "value": DATASET,
                "state": "active",
                "cohort": None if label_only else name,
            }
            for name in grants
        ]
        page = {"grants": rows, "cursor": 1, "more": False}
        self._server.expect_oneshot_request("/api/v1/hosts/grants").respond_with_json(page)
        for name, (position, ids) in cohorts.items():
            whole = {
                "position": position,
                "ids": ids,
                "next_member": None,
                "state": "active",
                "reset": False,
                "removed": [],
            }
            self._server.expect_request(f"/api/v1/hosts/cohorts/{name.replace('G', 'G-')}").respond_with_json(whole)


Ask = Callable[..., tuple[int, Json]]


@pytest.fixture
def feeds(httpserver: HTTPServer) -> Feeds:
    return Feeds(httpserver)


@pytest.fixture
def host_of(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bool], tuple[Ask, Any]]:
    """A host in front of one VCF with three samples, and its copies; `ask` sends it Passports."""
    monkeypatch.setattr("time.time", lambda: NOW)
    path = tmp_path / "some.vcf"
    path.write_text(VCF)

    def made(enforces: bool) -> tuple[Ask, Any]:
        told = HostConfig(
            name="Host",
            audience=HOST,
            base_url="https://host.example",
            port=0,
            issuer=httpserver.url_for("/"),
            enforces_cohorts=enforces,
            objects=(ServedObject("hearts", "Hearts", DATASET, "D-1", path),),
        )
        copies = CohortCopies(told, Platform(told)) if enforces else None
        house = Clearinghouse(
            config(enforces_cohorts=enforces),
            fetcher=web(),
            label_only=copies.is_label_only if copies else None,
        )
        drs = DrsHost(told, house, copies)

        def ask(*passports: str) -> tuple[int, Json]:
            body = json.dumps({"passports": passports}).encode()
            status = []
            answer = drs(
                {
                    "REQUEST_METHOD": "POST",
                    "PATH_INFO": f"{PREFIX}/objects/hearts",
                    "CONTENT_LENGTH": str(len(body)),
                    "wsgi.input": io.BytesIO(body),
                },
                lambda line, headers: status.append(line),
            )
            return int(status[0][:3]), json.loads(b"".join(answer))

        return ask, copies

    return made


def of_cohort(grant: str, position: int) -> str:
    return passport([visa(cohort=f"{COHORTS}{grant}?at={position}")])


def reason(answer: tuple[int, Json]) -> tuple[int, str]:
    return answer[0], str(answer[1].get("msg", "")).partition(":")[0]


def sizes(*answers: tuple[int, Json]) -> list[int]:
    """How large each served file is; a cut file is smaller than the whole."""
    assert {status for status, _body in answers} == {200}, answers
    return [body["size"] for _status, body in answers]


def test_a_host_that_keeps_no_cohorts_refuses_a_visa_that_is_limited_to_one(host_of: Any) -> None:
    ask, _copies = host_of(False)

    assert reason(ask(of_cohort("G-1", 4))) == (403, "cohort_not_enforced")
    assert ask(passport([visa()]))[0] == 200


def test_a_host_that_keeps_cohorts_takes_a_visa_without_one_only_where_there_are_no_members(
    host_of: Any, feeds: Feeds
) -> None:
    ask, copies = host_of(True)
    unread = reason(ask(passport([visa()])))
    feeds.say("G-1", label_only=True)
    copies.listen()
    label_only = ask(passport([visa()]))[0]
    feeds.say("G-1", G1=(4, ["A"]))
    copies.listen()

    assert unread == (403, "cohort_missing")
    assert label_only == 200
    assert reason(ask(passport([visa()]))) == (403, "cohort_missing")


def test_a_passport_without_a_limit_does_not_undo_that_of_another(host_of: Any, feeds: Feeds) -> None:
    ask, copies = host_of(True)
    feeds.say("G-1", "G-2", G1=(4, ["A"]), G2=(4, ["B"]))
    copies.listen()

    one, other, both = of_cohort("G-1", 4), of_cohort("G-2", 4), passport([visa()])

    alone, second, with_whole, of_two = sizes(ask(one), ask(other), ask(both, one), ask(one, other))
    assert with_whole == alone
    assert of_two > max(alone, second)


def test_a_copy_that_is_behind_serves_nothing(host_of: Any, feeds: Feeds) -> None:
    ask, copies = host_of(True)
    feeds.say("G-1", G1=(4, ["A"]))
    copies.listen()

    older_and_newer = passport([visa(cohort=f"{COHORTS}G-1?at=4"), visa(jti="v-2", cohort=f"{COHORTS}G-1?at=5")])

    assert ask(of_cohort("G-1", 4))[0] == 200
    assert [ask(one)[0] for one in (of_cohort("G-1", 5), older_and_newer)] == [202, 202]
