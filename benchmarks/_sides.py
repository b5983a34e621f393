"""The commits that are compared, each in a folder and a process of its own: this one, and one from earlier."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ("requirements.txt", "tests/requirements.txt")


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def _pinned(folder: Path) -> list[str]:
    """What a commit is installed with: names and versions."""
    lines = (line for name in REQUIREMENTS for line in (folder / name).read_text(encoding="utf-8").splitlines())
    return sorted({line.split()[0] for line in lines if "==" in line and not line.lstrip().startswith("#")})


def _python(folder: Path) -> str:
    """The interpreter of that commit's own requirements: ours where they are the same, else one that is installed and kept."""
    if _pinned(folder) == _pinned(ROOT):
        return sys.executable
    name = sha256("\n".join(_pinned(folder)).encode()).hexdigest()[:12]
    kept = ROOT / "var" / "benchmarks" / name
    python = kept / ".venv" / "bin" / "python"
    if not (kept / "installed").exists():
        print(f"installing the requirements of that commit in {kept}", file=sys.stderr)
        kept.mkdir(parents=True, exist_ok=True)
        for needed in ("deploy", "tests"):
            shutil.copytree(folder / needed, kept / needed, dirs_exist_ok=True)
        shutil.copy(folder / "requirements.txt", kept)
        subprocess.run(
            ["sh", "deploy/install.sh", sys.executable, "tests/requirements.txt"],
            cwd=kept,
            check=True,
            stdout=sys.stderr,
        )
        (kept / "installed").touch()
    return str(python)


class Commit:
    """One side, as a process that measures what it is asked for. `revision` empty: what stands in this folder now."""

    def __init__(self, revision: str, size: str, server: str) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="duologue-bench-"))
        self.revision = _git("rev-parse", "--short", revision or "HEAD").decode().strip()
        self.dirty = not revision and bool(_git("status", "--porcelain", "--untracked-files=no").strip())
        folder = self._unpacked(revision) if revision else ROOT
        database = f"sqlite:///{self._temporary}/none" if server == "sqlite" else server
        environment = os.environ | {
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": "",
            "DUOLOGUE_CACHE_URL": "",
            "DUOLOGUE_LOG_LEVEL": "ERROR",
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(folder),
        }
        if revision:
            environment["DUOLOGUE_BENCH_EARLIER"] = revision
        self._process = subprocess.Popen(
            [_python(folder), "-m", "benchmarks._side", size, str(self._temporary)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _unpacked(self, revision: str) -> Path:
        """The files of an earlier commit, with the figures as they are measured now."""
        folder = self._temporary / "tree"
        with tarfile.open(fileobj=io.BytesIO(_git("archive", revision))) as archive:
            archive.extractall(folder, filter="data")
        shutil.rmtree(folder / "benchmarks", ignore_errors=True)
        shutil.copytree(ROOT / "benchmarks", folder / "benchmarks")
        return folder

    def measure(self, name: str, *, floors: bool = False) -> dict[str, Any]:
        """One round of a figure."""
        assert self._process.stdin is not None, "opened with a pipe"
        assert self._process.stdout is not None, "opened with a pipe"
        try:
            self._process.stdin.write(f"{name} {'floors' if floors else 'alone'}\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            return {"error": f"{self.revision} cannot be measured: its process ended"}
        found: dict[str, Any] = json.loads(line)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.stdin is not None:
            # Nothing waits there but for a process that ended by itself.
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait(60)
        shutil.rmtree(self._temporary, ignore_errors=True)
