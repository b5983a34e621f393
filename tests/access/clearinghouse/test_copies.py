"""Copies of key documents and status lists: who fetches, when, and what holds when nothing can be fetched."""

import json
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from access.clearinghouse import Clearinghouse, Fetched, OnDemand, Reason, Refused, VerifiedVisa
from access.domain.status_list import encode
from tests.access.hosts import fence_visa
from tests.access.tokens import (
    BASE,
    FENCE,
    FENCE_JWKS,
    JKU,
    JKU_ES,
    NOW,
    OTHER_JKU,
    REVOKED,
    Web,
    config,
    fence_issuer,
    rsa_jwk,
    status_token,
    visa,
    visa_header,
    web,
)

LIST = f"{BASE}status/1"


def reason(verdict: object) -> Reason | None:
    return verdict.reason if isinstance(verdict, Refused) else None


def open_house(pages: Web, on_demand: str = "stale", **settings: Any) -> Clearinghouse:
    return Clearinghouse(config(**settings), fetcher=pages, on_demand=on_demand)


def long_visa() -> str:
    return visa(iat=NOW - 10, exp=NOW + 3500)


def test_a_second_visa_is_verified_from_the_copies_of_the_first() -> None:
    pages = web()
    clearinghouse = open_house(pages)

    first, second = (
        clearinghouse.verify_visa(visa(), now=NOW),
        clearinghouse.verify_visa(visa(), now=NOW + 60),
    )

    assert isinstance(first, VerifiedVisa)
    assert second == first
    assert pages.asked == [JKU, LIST]


def test_copies_are_renewed_when_they_have_grown_too_old() -> None:
    pages = web()
    clearinghouse = open_house(pages)

    for moment in (0, 65, 66, 131, 300, 301):
        clearinghouse.verify_visa(long_visa(), now=NOW + moment)

    assert pages.asked == [JKU, LIST, LIST, LIST, JKU]


def test_a_server_that_wants_its_copies_renewed_sooner_is_heard() -> None:
    pages = web()
    pages.max_age = 10
    clearinghouse = open_house(pages)

    for moment in (0, 10, 11):
        clearinghouse.verify_visa(long_visa(), now=NOW + moment)

    assert pages.asked == [JKU, LIST, JKU, LIST]


def test_without_the_issuer_copies_serve_to_their_limit_and_not_a_second_longer() -> None:
    pages = web()
    pages.max_age = 0
    clearinghouse = open_house(pages)
    assert isinstance(clearinghouse.verify_visa(long_visa(), now=NOW), VerifiedVisa)
    pages.documents.clear()

    verdicts = [clearinghouse.verify_visa(long_visa(), now=NOW + moment) for moment in (65, 66, 300, 301)]

    assert [reason(verdict) for verdict in verdicts] == [
        None,
        Reason.STATUS_LIST_UNAVAILABLE,
        Reason.STATUS_LIST_UNAVAILABLE,
        Reason.KEY_DOCUMENT_STALE,
    ]
    assert all(verdict.retryable for verdict in verdicts if isinstance(verdict, Refused))


def test_a_key_document_that_was_never_had_is_unavailable() -> None:
    pages = web()
    pages.documents.clear()

    verdict = open_house(pages).verify_visa(visa(), now=NOW)

    assert verdict == Refused(Reason.KEY_DOCUMENT_UNAVAILABLE, "the server answered 404")


def test_a_failing_server_is_not_asked_again_within_the_pause() -> None:
    pages = web()
    pages.documents.clear()
    clearinghouse = open_house(pages)

    for moment in (0, 0, 1, 2):
        clearinghouse.verify_visa(visa(), now=NOW + moment)

    assert pages.asked == [JKU, JKU]


def test_a_new_key_is_found_by_one_more_fetch_and_an_unknown_one_causes_no_storm() -> None:
    pages = web()
    clearinghouse = open_house(pages)
    clearinghouse.verify_visa(visa(), now=NOW)
    rotated = visa(header=visa_header(kid="token-2"), signer="next")

    before = clearinghouse.verify_visa(rotated, now=NOW + 10)
    pages.documents[JKU] = json.dumps({"keys": [rsa_jwk("next", "token-2")]}).encode()
    storm = [clearinghouse.verify_visa(rotated, now=NOW + 11) for _ in range(50)]
    after = clearinghouse.verify_visa(rotated, now=NOW + 12)

    assert reason(before) is Reason.KEY_UNKNOWN
    assert {reason(verdict) for verdict in storm} == {Reason.KEY_UNKNOWN}
    assert isinstance(after, VerifiedVisa)
    assert pages.asked.count(JKU) == 3


def test_a_revoked_key_is_refused_once_its_document_is_renewed() -> None:
    pages = web()
    clearinghouse = open_house(pages)
    clearinghouse.verify_visa(long_visa(), now=NOW)
    pages.documents[JKU] = json.dumps({"keys": [rsa_jwk("status", "status-1")]}).encode()

    verdicts = [clearinghouse.verify_visa(long_visa(), now=NOW + moment) for moment in (300, 301)]

    assert [reason(verdict) for verdict in verdicts] == [None, Reason.KEY_UNKNOWN]


def test_a_poller_brings_a_revocation_without_any_fetch_in_a_request() -> None:
    pages = web()
    clearinghouse = open_house(pages, "missing")
    clearinghouse.refresh(now=NOW)
    token = visa(status={"status_list": {"idx": 7, "uri": LIST}})
    before = clearinghouse.verify_visa(token, now=NOW)
    packed = status_token(LIST, status_list={"bits": 1, "lst": _all_revoked()})
    pages.documents[LIST] = packed.encode()
    pages.asked.clear()

    still = clearinghouse.verify_visa(token, now=NOW + 1)
    report = clearinghouse.refresh(now=NOW + 2)
    after = clearinghouse.verify_visa(token, now=NOW + 2)

    assert isinstance(before, VerifiedVisa)
    assert isinstance(still, VerifiedVisa)
    assert reason(after) is Reason.STATUS_REVOKED
    assert (report, pages.asked) == ({LIST: None}, [LIST])


def _all_revoked() -> str:
    return encode(b"\xff" * 125)


def test_a_host_that_never_fetches_in_a_request_waits_for_its_poller() -> None:
    pages = web()
    clearinghouse = open_house(pages, "never")

    verdicts = [clearinghouse.verify_visa(visa(), now=NOW)]
    for _ in range(2):
        clearinghouse.refresh(now=NOW)
        asked = len(pages.asked)
        verdicts.append(clearinghouse.verify_visa(visa(), now=NOW))
        assert len(pages.asked) == asked

    assert [reason(verdict) for verdict in verdicts] == [
        Reason.KEY_DOCUMENT_UNAVAILABLE,
        Reason.STATUS_LIST_UNAVAILABLE,
        None,
    ]


def test_a_refresh_reports_each_address_and_renews_keys_at_half_their_age() -> None:
    pages = web()
    clearinghouse = open_house(pages)
    first = clearinghouse.refresh(now=NOW)
    clearinghouse.verify_visa(visa(), now=NOW)
    del pages.documents[LIST]

    young = clearinghouse.refresh(now=NOW + 149)
    half = clearinghouse.refresh(now=NOW + 150)

    assert set(first) >= {JKU, JKU_ES, OTHER_JKU}
    assert young == {LIST: "the server answered 404"}
    assert half == {JKU: None, JKU_ES: None, LIST: "the server answered 404"}


def test_a_poller_discovers_keys_so_that_a_request_need_not() -> None:
    pages = web()
    discovery = f"{FENCE}.well-known/openid-configuration"
    pages.documents[discovery] = json.dumps({"issuer": FENCE, "jwks_uri": FENCE_JWKS}).encode()
    issuer = replace(fence_issuer(), jwks_uri=None, discovery=True)
    clearinghouse = open_house(pages, "never", issuers=(issuer,))

    before = clearinghouse.verify_visa(fence_visa(), now=NOW)
    reports = [clearinghouse.refresh(now=NOW), clearinghouse.refresh(now=NOW + 1)]
    after = clearinghouse.verify_visa(fence_visa(), now=NOW)

    assert reason(before) is Reason.KEY_DOCUMENT_UNAVAILABLE
    assert reports == [{discovery: None, FENCE_JWKS: None}, {}]
    assert isinstance(after, VerifiedVisa)


def test_an_issuer_whose_keys_are_nowhere_is_refused_without_a_call() -> None:
    pages = web()
    issuer = replace(fence_issuer(), jwks_uri=None)
    clearinghouse = open_house(pages, issuers=(issuer,))

    report, verdict = clearinghouse.refresh(now=NOW), clearinghouse.verify_visa(fence_visa(), now=NOW)

    assert (report, pages.asked) == ({}, [])
    message = "the configuration names no jwks_uri for the issuer"
    assert verdict == Refused(Reason.KEY_DOCUMENT_UNAVAILABLE, message)


def test_a_list_that_nobody_asks_for_is_polled_no_more() -> None:
    pages = web()
    clearinghouse = open_house(pages)
    clearinghouse.verify_visa(visa(), now=NOW)

    reports = [clearinghouse.refresh(now=NOW + moment) for moment in (7200, 7201)]

    assert [LIST in report for report in reports] == [True, False]


def test_a_spoilt_list_is_fetched_again_after_the_pause_and_not_for_a_minute_refused() -> None:
    pages = web()
    good = pages.documents[LIST]
    pages.documents[LIST] = b"<html>"
    clearinghouse = open_house(pages)

    first = clearinghouse.verify_visa(visa(), now=NOW)
    pages.documents[LIST] = good
    second = clearinghouse.verify_visa(visa(), now=NOW + 2)

    assert reason(first) is Reason.STATUS_LIST_INVALID
    assert isinstance(second, VerifiedVisa)


class SlowWeb(Web):
    """A web whose server takes its time, so that threads meet."""

    def fetch(self, url: str, accept: str) -> Fetched:
        time.sleep(0.05)
        return super().fetch(url, accept)


def test_many_threads_share_one_fetch_and_all_get_the_same_answer() -> None:
    pages = SlowWeb(web().documents)
    clearinghouse = Clearinghouse(config(), fetcher=pages, on_demand=OnDemand.STALE)
    revoked = visa(status={"status_list": {"idx": REVOKED, "uri": LIST}})
    verdicts: list[object] = []
    ready = threading.Barrier(16)

    def verify(token: str) -> None:
        ready.wait()
        verdicts.append(reason(clearinghouse.verify_visa(token, now=NOW)))

    threads = [threading.Thread(target=verify, args=(token,)) for token in [visa(), revoked] * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(pages.asked) == [JKU, LIST]
    assert (verdicts.count(None), verdicts.count(Reason.STATUS_REVOKED)) == (8, 8)


@pytest.mark.parametrize("on_demand", ["sometimes", ""])
def test_a_way_to_fetch_that_is_not_known_is_an_error(on_demand: str) -> None:
    with pytest.raises(ValueError, match="OnDemand"):
        Clearinghouse(config(), fetcher=web(), on_demand=on_demand)
