"""oidc-agent, as people on command lines use it: the device flow, then a token, and a new one by its refresh token."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 60.0
NAME = "duologue"


class Agent:
    """One agent with a home of its own; it is ended with the block."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "OIDC_AGENT_HOME": str(folder),
            "OIDC_ENCRYPTION_PW": "x",
        }

    def __enter__(self) -> "Agent":
        said = self._run("oidc-agent")
        for name in ("OIDC_SOCK", "OIDCD_PID"):
            found = re.search(rf"{name}=([^;]+);", said)
            assert found is not None, said
            self._environment[name] = found[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._run("oidc-agent", "-k")

    def sign_in(self, issuer: str, client_id: str, scope: str, answer: Callable[[str], None]) -> None:
        """Begin the device flow, let `answer` type the code in that the agent shows, and wait for the agent."""
        command = ["oidc-gen", NAME, "--flow=device", f"--client-id={client_id}", "--client-secret=", f"--iss={issuer}"]
        command += [f"--scope={scope}", "--redirect-uri=http://localhost:4242", "--confirm-default", "--prompt=none"]
        command += ["--pw-env", "--no-url-call", "--cp=/etc/ssl/certs/ca-certificates.crt"]
        log = self._folder / "gen.log"
        with log.open("w") as out:
            generating = subprocess.Popen(command, env=self._environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            answer(self._code(log, generating))
            assert generating.wait(PATIENCE) == 0, log.read_text()[-500:]
        finally:
            generating.kill()
            generating.wait()

    def _code(self, log: Path, generating: subprocess.Popen[bytes]) -> str:
        deadline = time.monotonic() + PATIENCE
        while True:
            found = re.search(r"\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b", log.read_text())
            if found:
                return found[0]
            assert generating.poll() is None, f"oidc-gen ended: {log.read_text()[-500:]}"
            assert time.monotonic() < deadline, "oidc-gen showed no code"
            time.sleep(0.1)

    def token(self, *, fresh: bool = False) -> str:
        """An access token; `fresh` makes the agent use its refresh token."""
        return self._run("oidc-token", *(["-f"] if fresh else []), NAME).strip()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"{command[0]}: {done.stderr[-500:]}"
        return done.stdout
