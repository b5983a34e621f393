"""The library loads without the rest of the product and without a framework."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOADED = "import json, sys, access.clearinghouse, access.domain.signable; print(json.dumps(sorted(sys.modules)))"


def test_the_library_brings_no_framework_and_nothing_else_of_the_product() -> None:
    answer = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = {name.split(".")[0] for name in json.loads(answer.stdout)}
    assert loaded & {"django", "rest_framework", "celery", "governance", "consent", "oauth2_provider"} == set()
    own = {name for name in json.loads(answer.stdout) if name.startswith("access.")}
    assert all(name.startswith(("access.clearinghouse", "access.domain")) for name in own)


def test_the_command_runs_as_a_module() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "access.clearinghouse", "verify", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "--audience" in answer.stdout
