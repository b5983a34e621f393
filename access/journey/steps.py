"""The steps of the main job, in order. Each does its part, looks at what came of it, and says one line."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from access.journey.passports import Program, Served, ask_host, granting, visas_in
from access.journey.people import DATASET, JourneyParticipant, Judge, Researcher
from access.journey.visitor import TIMEOUT, Stuck, Visitor

# A live host polls every two seconds; a status list may be a minute old. Beyond this the way back is broken.
LONGEST_WAY_BACK = 70.0
Say = Callable[[str, str], None]


@dataclass
class Stage:
    """Everybody who plays, where the hosts are, and what has come about so far."""

    base: str
    hosts: dict[str, dict[str, str]]
    run: str = ""
    participants: list[JourneyParticipant] = field(default_factory=list)
    samples: dict[str, list[str]] = field(default_factory=dict)
    researcher: Researcher | None = None
    chair: Judge | None = None
    member: Judge | None = None
    operator: Visitor | None = None
    program: Program | None = None
    title: str = ""
    grant: str = ""
    token: str = ""
    passports: dict[str, str] = field(default_factory=dict)

    def begin(self) -> str:
        """Ask the demo for people of our own, and sign each of them in."""
        made = _post(self.base, "demo/rehearsal")
        self.run = made["run"]
        self.title = f"Why do hearts grow weak? {self.run}"
        for one in made["participants"]:
            visitor = self._visitor(one["username"])
            self.participants.append(JourneyParticipant(visitor, one["code"], one["date_of_birth"]))
            for host, sample in one["samples"].items():
                self.samples.setdefault(host, []).append(sample)
        self.researcher = Researcher(self._visitor(made["researcher"]))
        self.chair, self.member = Judge(self._visitor(made["chair"])), Judge(self._visitor(made["member"]))
        self.operator = self._visitor(made["operator"])
        self.program = Program(self.base, made["client_id"], made["client_secret"], made["redirect_uri"])
        return f"{len(self.participants)} participants, a researcher, two judges and a host operator"

    def _visitor(self, username: str) -> Visitor:
        visitor = Visitor(self.base, username)
        visitor.become(username)
        return visitor

    def end(self) -> None:
        """Let everybody leave; the demo is as it was."""
        if self.run:
            _post(self.base, f"demo/rehearsal/{self.run}/end")

    def consents(self) -> str:
        """Several participants give their consent."""
        for one in self.participants:
            one.consent()
        return f"{len(self.participants)} people joined with their codes, answered and signed"

    def request(self) -> str:
        """A researcher asks for the data."""
        assert self.researcher is not None
        number = self.researcher.ask(self.title)
        return f"{number} submitted, terms accepted"

    def match(self) -> str:
        """The matcher's answer stood beside the purpose."""
        assert self.researcher is not None
        if "Permit" not in self.researcher.panel:
            raise Stuck("the review page does not show that the label permits this purpose")
        return "the label permits it, with every reason shown"

    def decision(self) -> str:
        """The committee votes and the chair decides."""
        assert self.chair is not None
        assert self.member is not None
        assert self.researcher is not None
        case = self.chair.find_case(self.title)
        self.chair.act(case, "take", {})
        for judge in (self.chair, self.member):
            judge.act(case, "vote", {"choice": "approve", "reason": "It is what people agreed to."})
        self.chair.act(case, "approve", {"months": "12"})
        page = self.researcher.visitor.open("/grants/")
        found = sorted(set(_grants(page.text)))
        if len(found) != 1:
            raise Stuck(f"the researcher should hold one grant and holds {len(found)}")
        self.grant = found[0]
        return f"two votes, approved by the chair: {self.grant}"

    def visa(self) -> str:
        """The researcher's program gets one passport for each host."""
        assert self.program is not None
        assert self.researcher is not None
        self.token = self.program.sign_in(self.researcher.visitor)
        for host in self.hosts:
            self.passports[host] = self._passport(host)
        if not visas_in(self.passports["arkiv"]):
            # Somebody else rehearses: people are in the dataset who have said nothing yet, and Arkiv leaves them out first.
            self._confirm()
        enforcing = visas_in(self.passports["harbour"])
        if len(enforcing) != 1 or "cohort" not in enforcing[0]:
            raise Stuck("the passport for the host that enforces cohorts holds no visa with a cohort")
        if len(visas_in(self.passports["arkiv"])) != 1:
            raise Stuck("the passport for the download host holds no visa")
        return "one visa for each host, in a passport that names it"

    def _passport(self, host: str) -> str:
        assert self.program is not None
        return self.program.passport(self.token, self.hosts[host]["audience"])

    def one_host(self) -> str:
        """A passport for two hosts, which would open at each what the other was given, is refused."""
        assert self.program is not None
        error = self.program.refusal(self.token, *(host["audience"] for host in self.hosts.values()))
        if error != "invalid_target":
            raise Stuck(f"an exchange for two hosts at once gave {error or 'a passport'}, not invalid_target")
        return f"an exchange for {len(self.hosts)} hosts at once is refused: {error}"

    def serves(self) -> str:
        """Both hosts serve; a passport for one is refused by the other."""
        served = self._until("harbour", lambda answer: answer.status == 200, "serve the records")
        if sorted(served.samples) != sorted(self.samples["harbour"]):
            raise Stuck(f"Harbour served {len(served.samples)} people, not the {len(self.participants)} who consented")
        self._until("arkiv", lambda answer: answer.status == 200, "serve the records")
        foreign = ask_host(self.hosts["arkiv"]["drs"], DATASET, self.passports["harbour"])
        if foreign.status != 403:
            raise Stuck(f"Arkiv answered {foreign.status} to a passport that names another host")
        return f"Harbour serves the records of the {len(served.samples)} who consented; Arkiv serves"

    def withdrawal(self) -> str:
        """One participant stops the use of their data."""
        self.participants[0].withdraw()
        return "one person ticked a box and pressed once"

    def shrinks(self) -> str:
        """The host that enforces cohorts refuses that person's records, and still serves the others."""
        gone, others = self.samples["harbour"][0], sorted(self.samples["harbour"][1:])
        began = time.monotonic()
        self._until("harbour", lambda answer: gone not in answer.samples, "leave out who withdrew")
        took = time.monotonic() - began
        served = ask_host(self.hosts["harbour"]["drs"], DATASET, self.passports["harbour"])
        if sorted(served.samples) != others:
            raise Stuck(f"Harbour serves {len(served.samples)} people, not the {len(others)} who stayed")
        return f"after {took:.1f} s Harbour leaves out that one, and still serves the other {len(others)}"

    def closes(self) -> str:
        """The host that cannot enforce cohorts refuses everything until its operator has confirmed."""
        began = time.monotonic()
        refused = self._until("arkiv", lambda answer: answer.status == 403, "refuse everything")
        took = time.monotonic() - began
        if visas_in(self._passport("arkiv")):
            raise Stuck("a new visa for Arkiv was given out before its operator confirmed the removal")
        return (
            f"after {took:.1f} s Arkiv refuses all ({refused.reason.partition(':')[0]}), and no new visa is given out"
        )

    def portal(self) -> str:
        """Without the name of a host the program gets no visa, which Arkiv would take though it has not confirmed."""
        assert self.program is not None
        bare = self.program.bare_visas(self.token)
        unnamed = self.program.passport(self.token)
        if granting(bare) or visas_in(unnamed):
            raise Stuck("a visa that names no host was given out for data of which one host has not confirmed")
        for host in self.hosts:
            answer = ask_host(self.hosts[host]["drs"], DATASET, unnamed)
            if answer.status != 403:
                raise Stuck(f"{host} answered {answer.status} to a passport that names no host")
        return "UserInfo and a passport without audience hold no visa for these data, and open nothing"

    def confirms(self) -> str:
        """The operator confirms on a page that the records are removed; new visas are given out again."""
        self._confirm()
        self._until("arkiv", lambda answer: answer.status == 200, "serve again")
        return "the operator confirmed the removal, and Arkiv serves again under a new visa"

    def _confirm(self) -> None:
        assert self.operator is not None
        page = self.operator.open("/hosts/arkiv")
        form = page.form(action=f"/grants/{self.grant}/confirm")
        boxes = dict.fromkeys(form.names - {name for name, _ in form.fields}, "on")
        self.operator.submit(page, form, boxes)
        self.passports["arkiv"] = self._passport("arkiv")

    def revocation(self) -> str:
        """The committee revokes the grant."""
        assert self.chair is not None
        self.chair.revoke(self.grant)
        return f"{self.grant} revoked by its committee"

    def refuse_all(self) -> str:
        """Every host refuses everything."""
        began = time.monotonic()
        for host in self.hosts:
            self._until(host, lambda answer: answer.status == 403, "refuse")
        took = time.monotonic() - began
        if any(visas_in(self._passport(host)) for host in self.hosts):
            raise Stuck("a visa was given out under a revoked grant")
        return f"after {took:.1f} s both hosts refuse, and no visa is given out"

    def _until(self, host: str, fits: Callable[[Served], bool], should: str) -> Served:
        deadline = time.monotonic() + LONGEST_WAY_BACK
        while True:
            answer = ask_host(self.hosts[host]["drs"], DATASET, self.passports[host])
            if fits(answer):
                return answer
            if time.monotonic() > deadline:
                raise Stuck(
                    f"{host} should {should} and answers {answer.status} {answer.reason} with "
                    f"{len(answer.samples)} samples after {LONGEST_WAY_BACK:.0f} s"
                )
            time.sleep(0.25)


def steps(stage: Stage) -> Iterator[tuple[str, Callable[[], str]]]:
    """The main job, step by step."""
    yield "people", stage.begin
    yield "consent", stage.consents
    yield "request", stage.request
    yield "match", stage.match
    yield "decision", stage.decision
    yield "visa", stage.visa
    yield "only one host", stage.one_host
    yield "host serves", stage.serves
    yield "withdrawal", stage.withdrawal
    yield "host refuses one", stage.shrinks
    yield "host refuses all", stage.closes
    yield "portal", stage.portal
    yield "host confirms", stage.confirms
    yield "revocation", stage.revocation
    yield "all refuse", stage.refuse_all


def _grants(text: str) -> list[str]:
    return [part.partition('"')[0] for part in text.split('href="/grants/')[1:] if part.startswith("G-")]


def _post(base: str, path: str) -> dict[str, Any]:
    http = requests.Session()
    http.trust_env = False
    page = http.get(f"{base}demo/", timeout=TIMEOUT)
    if page.status_code != 200:
        raise Stuck(f"{base} is no demo world: the journey plays in a demo only")
    token = http.cookies.get("csrftoken", "")
    answer = http.post(f"{base}{path}", headers={"X-CSRFToken": token, "Referer": f"{base}demo/"}, timeout=TIMEOUT)
    if answer.status_code != 200:
        raise Stuck(f"/{path} answered {answer.status_code}: {answer.text[:200]}")
    return dict(answer.json())
