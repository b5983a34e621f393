"""Real relying parties sign in against the running demo, before and after the chair revokes the researcher's grant."""

import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from access.demo.processes import DemoProcesses
from access.journey.steps import Stage
from access.journey.visitor import Stuck, Visitor
from tests.demo import environment_of, stage_on
from tests.processes import answers, eventually, free_port, leave_out
from tests.relying_parties.agent import Agent
from tests.relying_parties.parties import AGENT, WEB, WebParty, has_agent, missing

ROOT = Path(__file__).resolve().parents[2]
SCOPES = ["openid", "profile", "email", "ga4gh_passport_v1"]
NAMES = [party.name for party in WEB] + [AGENT]
Seen = dict[str, Any]


@pytest.fixture(scope="module")
def seen(demo: DemoProcesses) -> Iterator[dict[str, tuple[Seen, Seen]]]:
    """What UserInfo told each party before and after the revocation; a party that failed has its error there."""
    stage = stage_on(demo)
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="duologue-parties-")))
        # Apache started as root serves as somebody else, who has to get in.
        folder.chmod(0o755)
        ends.callback(stage.end)
        for step in (stage.begin, stage.consents, stage.request, stage.decision):
            step()
        people = _parties(demo, stage, folder, ends)
        before = {name: _tried(look) for name, look in people.items()}
        assert stage.chair is not None
        stage.chair.revoke(stage.grant)
        # One party keeps what it read for a second.
        time.sleep(1.5)
        after = {name: _tried(look) for name, look in people.items()}
        yield {name: (before[name], after[name]) for name in people}


@pytest.mark.parametrize("name", NAMES)
def test_it_signs_a_person_in_and_sees_their_visa_until_the_grant_is_revoked(
    name: str, seen: dict[str, tuple[Seen, Seen]]
):
    if name not in seen:
        leave_out(f"relying party {name}: not found ({missing()[name]})")

    before, after = seen[name]

    assert "error" not in before, before
    assert "error" not in after, after
    assert before["claims"]["sub"] == after["claims"]["sub"]
    assert [visa["type"] for visa in _visas(before)].count("ControlledAccessGrants") == 1
    assert [visa["type"] for visa in _visas(after)].count("ControlledAccessGrants") == 0
    # Nothing else of this host is left, so the accepted terms of its committee go too.
    assert {visa["type"] for visa in _visas(after)} == {"AffiliationAndRole"}


def _parties(demo: DemoProcesses, stage: Stage, folder: Path, ends: ExitStack) -> dict[str, Any]:
    """For each party that is here: a function that signs in at its first call and tells what UserInfo says."""
    here = [party for party in WEB if party.stands()]
    ports = {party.name: free_port() for party in here}
    callbacks = {party.name: f"http://127.0.0.1:{ports[party.name]}{party.callback}" for party in here}
    registered = _registered(demo, {**callbacks, AGENT: ""})
    looks: dict[str, Any] = {}
    assert stage.researcher is not None
    for party in here:
        given = {"issuer": demo.base, "port": ports[party.name], **registered[party.name]}
        ends.enter_context(_started(party, given, folder))
        looks[party.name] = _Web(party, given["port"], stage.researcher.visitor)
    if has_agent():
        agent = ends.enter_context(Agent(folder / "agent"))
        looks[AGENT] = _CommandLine(agent, demo.base, registered[AGENT]["client_id"], stage.researcher.visitor)
    for party in here:
        eventually(lambda port=ports[party.name]: answers(port), f"{party.name} answers")
    return looks


class _Web:
    """Signs in by the party's own page and the real release page, then reads what the party shows."""

    def __init__(self, party: WebParty, port: int, visitor: Visitor) -> None:
        self._party, self._base, self._visitor = party, f"http://127.0.0.1:{port}", visitor
        self._signed_in = False

    def __call__(self) -> Seen:
        if not self._signed_in:
            page = self._visitor.open(f"{self._base}{self._party.login}")
            self._visitor.submit(page, page.form(has=["allow"]), {"chosen": SCOPES, "allow": "true"})
            self._signed_in = True
        # Who kept the claims of the sign-in asks anew when a page is opened.
        self._visitor.open(f"{self._base}{self._party.shows}")
        shown = json.loads(self._visitor.open(f"{self._base}{self._party.shows}").text)
        return {"claims": shown.get("claims") or shown["userinfo"]}


class _CommandLine:
    """The device flow: the person types the code in; each look after that takes a fresh token."""

    def __init__(self, agent: Agent, issuer: str, client_id: str, visitor: Visitor) -> None:
        self._agent, self._issuer, self._client_id, self._visitor = agent, issuer, client_id, visitor
        self._signed_in = False

    def __call__(self) -> Seen:
        if not self._signed_in:
            self._agent.sign_in(self._issuer, self._client_id, "openid ga4gh_passport_v1", self._answer)
            self._signed_in = True
        first, fresh = self._agent.token(), self._agent.token(fresh=True)
        assert first != fresh, "the agent did not renew its token"
        headers = {"Authorization": f"Bearer {fresh}"}
        return {"claims": requests.get(f"{self._issuer}userinfo", headers=headers, timeout=30).json()}

    def _answer(self, code: str) -> None:
        page = self._visitor.open(f"/device?code={code}")
        self._visitor.submit(page, page.form(has=["allow"]), {"chosen": SCOPES, "allow": "true"})


def _tried(look: Any) -> Seen:
    try:
        return dict(look())
    except (Stuck, AssertionError, OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _registered(demo: DemoProcesses, callbacks: dict[str, str]) -> dict[str, dict[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.relying_parties.register"],
        input=json.dumps(callbacks),
        env=environment_of(demo),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    return dict(json.loads(done.stdout))


@contextmanager
def _started(party: WebParty, given: dict[str, Any], folder: Path) -> Iterator[None]:
    own = folder / party.name
    own.mkdir()
    with (own / "log").open("w") as log:
        running = subprocess.Popen(
            [*party.command, json.dumps({**given, "folder": str(own)})], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=20)


def _visas(one: Seen) -> list[dict[str, Any]]:
    parts = [visa.split(".")[1] for visa in one["claims"]["ga4gh_passport_v1"]]
    return [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["ga4gh_visa_v1"] for part in parts]
