"""The record checked by somebody else: over http and from files, in a process that has no Django and no database."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_httpserver import HTTPServer

from governance.models import AuditEvent, Checkpoint
from governance.record import check, notes, proofs, sealer
from tests.governance.key_builders import standing_keys
from tests.governance.record.sealing import NOW, by_the_owner, happened, put, run, sealed

pytestmark = pytest.mark.django_db
API = "/api/v1/log/"


class Kept:
    """A folder with what somebody outside has: the keys, and answers of the API as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = self.keep("key.txt", got("keys"))
        self.witness = str(folder / "kept.txt")

    def keep(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def run(self, command: str, *arguments: str) -> int:
        return check.main([command, *arguments, "--key", self.key])


def got(what: str, **asked: Any) -> str:
    answer = Client().get(f"{API}{what}", asked)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    standing_keys()
    sealed(3, 4)
    return Kept(tmp_path)


@pytest.fixture
def served(httpserver: HTTPServer) -> Callable[..., str]:
    """Serve what the platform answers now; returns its address."""

    def serve(**proof: int) -> str:
        httpserver.clear()
        for what, asked in (("checkpoint", {}), ("proof/consistency", proof)):
            if what == "checkpoint" or proof:
                answer = Client().get(f"{API}{what}", asked)
                request = httpserver.expect_request(f"{API}{what}", query_string={k: str(v) for k, v in asked.items()})
                request.respond_with_data(answer.content, status=answer.status_code)
        return httpserver.url_for("/")

    return serve


def test_a_witness_keeps_checkpoints_as_long_as_the_log_goes_on(
    kept: Kept, served: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    first = proofs.newest().size
    assert kept.run("watch", served(), "--witness", kept.witness) == 0
    assert kept.run("watch", served(), "--witness", kept.witness) == 0
    happened(5)
    sealer.seal(now=NOW)
    assert kept.run("watch", served(first=first, second=first + 5), "--witness", kept.witness) == 0

    file = Path(kept.witness).read_text(encoding="utf-8")
    assert [notes.read_checkpoint(note).size for note in notes.notes_in(file)] == [first, first + 5]
    assert kept.run("checkpoint", kept.witness) == 0
    assert f"of {first + 5} leaves" in capsys.readouterr().out


def test_a_witness_sees_a_log_that_was_put_back_or_rewritten(
    kept: Kept, served: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    size = proofs.newest().size
    kept.run("watch", served(), "--witness", kept.witness)
    with by_the_owner():
        for table in ("leaf", "subtree", "checkpoint", "recordsealer"):
            run(f"DELETE FROM governance_{table}")
        put(AuditEvent.objects.earliest("id"), "actor", "system:clock")
        last = AuditEvent.objects.latest("id")
        run("DELETE FROM governance_auditevent WHERE id = %s", last.pk)
    sealer.seal(now=NOW)
    assert kept.run("watch", served(), "--witness", kept.witness) == 1
    assert "the log was put back" in capsys.readouterr().err

    happened(9)
    sealer.seal(now=NOW)
    assert kept.run("watch", served(first=size, second=size + 8), "--witness", kept.witness) == 1

    assert "the log was rewritten" in capsys.readouterr().err
    assert len(notes.notes_in(Path(kept.witness).read_text(encoding="utf-8"))) == 1


def test_an_event_is_proved_in_a_process_without_django(kept: Kept) -> None:
    one = AuditEvent.objects.latest("id")
    proof = kept.keep("proof.json", got("proof/inclusion", event=one.uuid))
    [entry] = proofs.entries(one.leaf.index, 1)
    told = kept.keep("entry.json", json.dumps(entry))
    spoilt = kept.keep("spoilt.json", json.dumps({**entry, "entry": {**entry["entry"], "actor": "system:clock"}}))
    probe = (
        "import sys\nfrom governance.record.check import main\n"
        "status = main(sys.argv[1:])\n"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('django', 'joserfc')]\nsys.exit(status)"
    )

    def apart(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", probe, "inclusion", proof, "--key", kept.key, *arguments],
            cwd=settings.BASE_DIR, env={}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, (done.stdout + done.stderr).strip()

    about = f"is in 127.0.0.1:8000/record of {proofs.newest().size} leaves"
    assert apart("--entry", told)[0] == 0
    assert about in apart("--entry", told)[1]
    assert apart("--entry", spoilt)[0] == 1
    assert apart()[0] == 0


def test_two_kept_checkpoints_are_held_against_each_other(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = Checkpoint.objects.order_by("number")
    files = [kept.keep(f"{point.number}.txt", point.note) for point in (old, new)]
    proof = kept.keep("proof.json", got("proof/consistency", first=old.size, second=new.size))

    assert kept.run("consistency", *files, proof) == 0
    assert kept.run("consistency", *reversed(files), proof) == 1
    assert kept.run("consistency", *files, kept.keep("other.json", '{"path": []}')) == 1
    assert "does not continue" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("checkpoint", ["nowhere.txt"]),
        ("checkpoint", ["empty.txt"]),
        ("inclusion", ["empty.txt"]),
        ("inclusion", ["wrong.json"]),
        ("watch", ["http://127.0.0.1:1/", "--witness", "kept.txt"]),
    ],
)
def test_what_cannot_be_read_is_told_apart_from_what_does_not_hold(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, command: str, files: list[str]
) -> None:
    monkeypatch.chdir(kept.folder)
    kept.keep("empty.txt", "")
    kept.keep("wrong.json", '{"index": 0}')

    assert kept.run(command, *files) == 2


def test_a_key_of_somebody_else_opens_nothing(kept: Kept) -> None:
    other = notes.Key("127.0.0.1:8000/record", bytes(32)).text
    note = kept.keep("note.txt", got("checkpoint"))

    assert check.main(["checkpoint", note, "--key", kept.keep("other.txt", f"# theirs\n{other}\n")]) == 1
    assert check.main(["checkpoint", note, "--key", kept.keep("none.txt", "# none\n")]) == 2
    assert check.main(["checkpoint", note, "--key", kept.keep("bad.txt", "none\n")]) == 2
