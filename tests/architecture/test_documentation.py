"""Documentation that lags behind the code fails: each table of the code has its lines, and no line outlives its entry."""

import re
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands

from access.clearinghouse.reasons import REASONS
from docs import links, tables
from governance.domain.events import Kind
from governance.domain.job_states import STEPS
from governance.domain.roles import Role
from governance.duo.judging.rules import RULES
from governance.record import outbox, worker
from governance.record.listeners import Queue

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
APPS = {"governance", "consent", "access"}
DJANGOS_OWN = {"migrate", "collectstatic"}
WORK = "Worker, schedule and broker"


def page(name: str) -> str:
    """A page of the documentation."""
    return (DOCS / name).read_text(encoding="utf-8")


def first_column(text: str, cell: str) -> list[str]:
    """What a pattern finds in the first cell of each table row, in order."""
    return re.findall(rf"(?m)^\| {cell} \|", text)


def part(text: str, heading: str) -> str:
    """One part of a page, to the next heading of the same rank."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def requirements(file: str) -> dict[str, str]:
    """The names of a requirements file as they are written, without their versions, each with its bare name."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    named = [line.strip() for line in lines if line.strip() and not line.startswith(("#", "-"))]
    return {re.split(r"[~=<>!]", line)[0]: re.split(r"[\[~=<>!]", line)[0] for line in named}


def locked(file: str) -> dict[str, str]:
    """The version that a lock pins each package to."""
    return dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / file).read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("written", "lock", "heading"),
    [
        ("requirements.in", "requirements.txt", "The running product"),
        ("tests/requirements.in", "tests/requirements.txt", "Tests, checks and benches"),
        ("tests/relying_parties/requirements.in", "tests/relying_parties/requirements.txt", "Relying parties"),
    ],
)
def test_every_requirement_has_a_line_with_the_version_of_the_lock(written: str, lock: str, heading: str) -> None:
    pins = {name.lower(): version for name, version in locked(lock).items()}
    wanted = {name: pins[bare.lower()] for name, bare in requirements(written).items()}

    rows = re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \|.*\| \S[^|]* \|$", part(page("dependencies.md"), heading))

    assert {name: version for name, version in rows if name not in ("requirement", "---")} == wanted


def test_every_command_has_a_line_and_every_line_is_a_command() -> None:
    ours = {name for name, app in get_commands().items() if app in APPS}

    told = set(re.findall(r"(?m)^\| `manage\.py ([a-z_]+)", page("commands.md")))

    assert told - DJANGOS_OWN == ours


def test_every_environment_variable_has_a_line() -> None:
    settings = (ROOT / "governance" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:env\.\w+|_required)\(\s*"([A-Z_]+)"', settings))

    told = set(first_column(part(page("operators.md"), "Environment"), "`([A-Z_]+)`"))

    assert "DUOLOGUE_BASE_URL" in read
    assert told == read


def test_every_scheduled_job_and_outbox_handler_has_a_line() -> None:
    text = part(page("operators.md"), WORK).partition("### What is done, and when")[2]
    jobs = dict(re.findall(r"(?m)^\| ([a-z][^|]+) \| (\d+ (?:s|h)) \|", text))
    kinds = first_column(text, "`([a-z._]+)`")

    assert jobs == {job.name: every(job.seconds) for job in worker.schedule()}
    assert sorted(kinds) == sorted(outbox.handlers())


def test_the_states_of_jobs_are_told_as_the_table_has_them() -> None:
    told = re.findall(r"(?m)^\| (\w+) \| (\w+) \| ([^|]+) \| (\w+) \| ([^|]+) \|$", part(page("operators.md"), WORK))

    assert [row for row in told if row[0] != "state"] == [
        (row.state.value, row.action, row.who.value, row.next.value, row.says) for row in STEPS
    ]


def test_every_queue_is_told() -> None:
    told = first_column(
        part(page("operators.md"), WORK).partition("### Several")[2].partition("### Jobs")[0], r"`(\w+)`"
    )

    assert told == [queue.value for queue in Queue]


def every(seconds: float) -> str:
    """How the page writes an interval."""
    return f"{seconds:.0f} s" if seconds < 3600 else f"{seconds / 3600:.0f} h"


@pytest.mark.parametrize("name", tables.PAGES)
def test_pages_made_from_tables_are_current(name: str) -> None:
    assert page(name) == tables.PAGES[name](), "run `python -m docs.tables`"


def test_the_tables_of_the_pages_are_whole() -> None:
    assert set(tables.EVENTS) == set(Kind)
    assert first_column(page("rules.md"), "`([A-Z0-9-]+)`") == [rule.id for rule in RULES]
    assert set(re.findall(r"(?m)^\| [^|]+ \| `([a-z_]+)` \|", page("roles.md"))) == {role.value for role in Role}
    refusals = part(page("hosts.md"), "Refusals")
    assert first_column(refusals, "`([a-z0-9_]+)`") == [reason.value for reason in REASONS]


def test_every_kind_of_event_is_recorded_somewhere() -> None:
    code = "\n".join(source(APPS))

    silent = [kind.name for kind in Kind if f"Kind.{kind.name}" not in code]

    assert silent == []


def source(folders: Iterable[str]) -> list[str]:
    """The text of every module but the table of events itself."""
    files = [file for folder in sorted(folders) for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file.read_text(encoding="utf-8") for file in files if file.parts[-2:] != ("domain", "events.py")]


def test_the_glossary_names_only_what_the_code_has() -> None:
    named = re.findall(r"`((?:governance|consent|access)\.[\w.]+)`", page("glossary.md"))

    missing = [name for name in named if not stands(name)]

    assert named
    assert missing == []


def stands(name: str) -> bool:
    """Whether there is a module of this dotted name, or something of it in a module."""
    if find_spec(name.partition(".")[0]) and not name.rpartition(".")[2][0].isupper():
        return find_spec(name) is not None
    module, _, inside = name.rpartition(".")
    return hasattr(import_module(module), inside)


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    assert links.broken() == []
