"""The reference host speaks DRS 1.5 and HTTP as its clients expect: many at once, challenges, parts of files."""

import http.client
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from access.clearinghouse import Clearinghouse
from access.reference_host.app import MOST_AT_ONCE, PREFIX, RESUMED_WITHIN, USED_WITHIN, DrsHost
from access.reference_host.config import HostConfig, ServedObject
from tests.access.reference_host.test_vcf import VCF
from tests.access.tokens import BASE, DATASET, HOST, NOW, config, passport, visa, web
from tests.processes import answers, eventually, free_port

Json = dict[str, Any]


class Said:
    """One answer of the application."""

    def __init__(self, line: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = int(line[:3]), dict(headers), body

    def json(self) -> Any:
        return json.loads(self.body)


class Host:
    """A host in front of one VCF, asked without a network; `clock` is what its addresses end by."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock, self.path = 0.0, path
        monkeypatch.setattr("time.time", lambda: NOW)
        monkeypatch.setattr("access.reference_host.app.time.monotonic", lambda: self.clock)
        objects = (ServedObject("hearts", "Hearts", DATASET, "D-1", path), ServedObject("far", "Far", "x", "D-2", path))
        told = HostConfig("Host", HOST, "https://host.example/drs", 0, BASE, enforces_cohorts=False, objects=objects)
        self._app = DrsHost(told, Clearinghouse(config(), fetcher=web()), None)

    def ask(self, method: str, path: str, body: Json | None = None, **headers: str) -> Said:
        sent = b"" if body is None else json.dumps(body).encode()
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(sent))}
        environ |= {f"HTTP_{name.upper()}": text for name, text in headers.items()}
        said: list[Any] = []
        parts = self._app({**environ, "wsgi.input": io.BytesIO(sent)}, lambda line, given: said.append((line, given)))
        return Said(*said[0], b"".join(parts))

    def address(self) -> str:
        """The path of an address of the data."""
        url = self.ask("POST", f"{PREFIX}/objects/hearts/access/vcf", {"passports": [passport([visa()])]}).json()["url"]
        return str(url).removeprefix("https://host.example/drs")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    path = tmp_path / "some.vcf"
    path.write_text(VCF)
    return Host(path, monkeypatch)


def test_who_sends_no_passport_is_challenged(host: Host) -> None:
    asked = [
        host.ask("GET", f"{PREFIX}/objects/hearts"),
        host.ask("HEAD", f"{PREFIX}/objects/hearts"),
        host.ask("GET", f"{PREFIX}/objects/hearts/access/vcf"),
        host.ask("POST", f"{PREFIX}/objects/hearts", {"passports": []}),
    ]

    assert {said.status for said in asked} == {401}
    assert {said.headers["WWW-Authenticate"] for said in asked} == {f'PassportAuth realm="{HOST}"'}
    assert (asked[1].body, asked[1].headers["Content-Length"]) == (b"", asked[0].headers["Content-Length"])


def test_other_methods_are_told_which_are_taken(host: Host) -> None:
    allowed = {
        f"{PREFIX}/objects/hearts": "GET, HEAD, POST, OPTIONS",
        f"{PREFIX}/objects/hearts/access/vcf": "GET, HEAD, POST",
        f"{PREFIX}/objects": "POST, OPTIONS",
        f"{PREFIX}/objects/access": "POST",
        f"{PREFIX}/service-info": "GET, HEAD",
        "/data/x": "GET, HEAD",
    }

    said = {path: host.ask("DELETE", path) for path in allowed}

    assert {path: (one.status, one.headers["Allow"]) for path, one in said.items()} == {
        path: (405, methods) for path, methods in allowed.items()
    }


def test_service_info_names_the_service_by_its_domain_and_how_many_at_once(host: Host) -> None:
    told = host.ask("GET", f"{PREFIX}/service-info").json()

    assert told["id"] == "example.host.drs"
    assert told["type"] == {"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"}
    assert told["maxBulkRequestLength"] == told["drs"]["maxBulkRequestLength"] == MOST_AT_ONCE
    assert told["drs"]["objectCount"] == 2


def test_many_objects_are_judged_each_by_itself(host: Host) -> None:
    body = {"passports": [passport([visa()])], "bulk_object_ids": ["hearts", "far", "none", "nothing"]}

    told = host.ask("POST", f"{PREFIX}/objects", body).json()

    assert told["summary"] == {"requested": 4, "resolved": 1, "unresolved": 3}
    assert told["unresolved_drs_objects"] == [
        {"error_code": 403, "object_ids": ["far"]},
        {"error_code": 404, "object_ids": ["none", "nothing"]},
    ]
    assert told["resolved_drs_object"] == [
        host.ask("POST", f"{PREFIX}/objects/hearts", {"passports": body["passports"]}).json()
    ]


def test_the_ways_into_many_objects_are_told_without_a_passport(host: Host) -> None:
    told = host.ask("OPTIONS", f"{PREFIX}/objects", {"bulk_object_ids": ["hearts", "none"]}).json()

    assert told["summary"] == {"requested": 2, "resolved": 1, "unresolved": 1}
    assert told["resolved_drs_object"] == [
        {"drs_object_id": "hearts", "supported_types": ["PassportAuth"], "passport_auth_issuers": [BASE]}
    ]


def test_addresses_of_many_objects_are_given_at_once(host: Host) -> None:
    wanted = [
        {"bulk_object_id": "hearts", "bulk_access_ids": ["vcf", "bam"]},
        {"bulk_object_id": "far", "bulk_access_ids": ["vcf"]},
    ]
    body = {"passports": [passport([visa()])], "bulk_object_access_ids": wanted}

    told = host.ask("POST", f"{PREFIX}/objects/access", body).json()

    [given] = told["resolved_drs_object_access_urls"]
    assert (given["drs_object_id"], given["drs_access_id"]) == ("hearts", "vcf")
    assert host.ask("GET", given["url"].removeprefix("https://host.example/drs")).status == 200
    assert told["unresolved_drs_objects"] == [
        {"error_code": 404, "object_ids": ["hearts"]},
        {"error_code": 403, "object_ids": ["far"]},
    ]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("objects", {"passports": ["x"], "bulk_object_ids": ["a"] * (MOST_AT_ONCE + 1)}, 413),
        ("objects", {"passports": ["x"], "bulk_object_ids": []}, 400),
        ("objects", {"passports": ["x"], "objects": [{"id": "mine"}]}, 400),
        ("objects", {"bulk_object_ids": ["hearts"]}, 400),
        ("objects", {"passports": ["x"], "bulk_object_ids": [1]}, 400),
        ("objects/access", {"passports": ["x"], "bulk_object_access_ids": ["hearts"]}, 400),
        ("objects/access", {"passports": ["x"], "bulk_object_access_ids": [{"bulk_object_id": "hearts"}]}, 400),
    ],
    ids=str,
)
def test_a_wrong_bulk_request_is_refused_in_words(host: Host, path: str, body: Json, status: int) -> None:
    said = host.ask("POST", f"{PREFIX}/{path}", body)

    assert (said.status, said.json()["status_code"]) == (status, status)
    assert len(said.json()["msg"]) > 20


def test_a_broken_download_goes_on_where_it_stopped(host: Host) -> None:
    address = host.address()

    whole = host.ask("GET", address)
    head = host.ask("HEAD", address)
    size = len(whole.body)
    rest = host.ask("GET", address, range="bytes=10-", if_range=whole.headers["ETag"])
    first = host.ask("GET", address, range="bytes=0-9")
    last = host.ask("GET", address, range="bytes=-5")

    assert (whole.status, whole.headers["Accept-Ranges"], whole.headers["Content-Length"]) == (200, "bytes", str(size))
    assert (head.body, head.headers["Content-Length"]) == (b"", str(size))
    assert (rest.status, rest.headers["Content-Range"]) == (206, f"bytes 10-{size - 1}/{size}")
    assert first.body + rest.body == whole.body
    assert last.body == whole.body[-5:]


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=5-2", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused(host: Host, asked: str) -> None:
    address = host.address()
    size = len(host.ask("GET", address).body)

    said = host.ask("GET", address, range=asked)

    assert (said.status, said.headers["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", ""])
def test_what_is_no_single_range_is_answered_with_the_whole_file(host: Host, asked: str) -> None:
    address = host.address()

    assert host.ask("GET", address, range=asked).status == 200


def test_the_rest_of_another_file_is_never_given(host: Host) -> None:
    address = host.address()
    before = host.ask("GET", address)
    host.path.write_text(VCF.replace("chr1", "chr2"))

    unasked = host.ask("GET", address, range="bytes=10-")
    asked = host.ask("GET", address, range="bytes=10-", if_range=before.headers["ETag"])

    assert before.body != unasked.body
    assert (unasked.status, asked.status, asked.body) == (200, 200, unasked.body)


def test_an_address_is_used_soon_and_ends(host: Host) -> None:
    unused, used = host.address(), host.address()
    host.ask("GET", used)

    host.clock = USED_WITHIN + 1
    later = [host.ask("GET", address).status for address in (unused, used)]
    host.clock = RESUMED_WITHIN + 1
    last = host.ask("GET", used)

    assert later == [403, 200]
    assert (last.status, last.json()["msg"]) == (403, "this address has ended: ask for access again")


def test_it_is_served_by_http_1_1_with_connections_kept(tmp_path: Path) -> None:
    port = free_port()
    told = {"name": "Host", "audience": "https://host.example", "base_url": f"http://127.0.0.1:{port}", "port": port}
    told |= {"issuer": "http://127.0.0.1:9/", "enforces_cohorts": False, "objects": []}
    (tmp_path / "host.json").write_text(json.dumps(told))
    command = [sys.executable, "-m", "access.reference_host", str(tmp_path / "host.json")]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: answers(port), "the host answers")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        seen = []
        for _ in range(2):
            connection.request("GET", f"{PREFIX}/service-info")
            answer = connection.getresponse()
            answer.read()
            seen.append((answer.version, answer.status, connection.sock is not None and connection.sock.getsockname()))
        connection.close()
    finally:
        serving.send_signal(signal.SIGTERM)
        out, _ = serving.communicate(timeout=30)

    assert seen[0][:2] == (11, 200)
    assert seen[0] == seen[1]
    assert out.decode().startswith("Host ready http://127.0.0.1")
