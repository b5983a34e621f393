"""What migrations make of rows that stood before: run for real, on a database of their own, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECIDERS = """
import json
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def migrated(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("consent", name)])
    return MigrationExecutor(connection).loader.project_state([("consent", name)]).apps.get_model

NOW = datetime(2026, 11, 18, 7, 12, tzinfo=UTC)
model = migrated("0007_carried_history")
def made(app, of, /, **fields):
    return model(app, of).objects.create(**fields)
user = {n: made("governance", "User", username=n, subject=n * 8, email=n + "@example.org") for n in ("a", "b", "c")}
place = made("governance", "Organisation", slug="o", name="O", domain="o.example", country="FI",
             created_at=NOW)
programme = made("consent", "Programme", slug="p", name="P", organisation=place, country="FI", contact="p@example.org",
                 lookup_key_encrypted="", created_at=NOW)
form = made("consent", "Form", programme=programme, key="f")
version = made("consent", "FormVersion", form=form, number=1, content={}, drafted_by=user["a"], drafted_at=NOW)
def enrolled(name, account):
    return made("consent", "Participant", id=name * 32, programme=programme, account=account, enrolled_at=NOW)
at_once, invited, unlinked = enrolled("1", user["a"]), enrolled("2", user["b"]), enrolled("3", None)
for hours, who, code in ((1, "c", "x"), (2, "b", "y")):
    made("consent", "Invitation", participant=invited, code_hash=code, fact_hash="", made_by=user["a"], made_at=NOW,
         expires_at=NOW, used_at=NOW + timedelta(hours=hours), used_by=user[who])
made("consent", "ConsentDraft", participant=invited, form_version=version, sealed="sealed", changed_at=NOW)

model = migrated("0010_deciders_alone")
rows = model("consent", "Decider").objects.order_by("participant_id")
forth = [[r.participant_id[0], r.account.username, r.capacity, r.role, r.since.hour, r.until] for r in rows]
drafts = [[d.decider.participant_id[0], d.form_version_id == version.pk, d.sealed]
          for d in model("consent", "ConsentDraft").objects.all()]

model = migrated("0007_carried_history")
people = model("consent", "Participant").objects.order_by("pk")
back = [p.account.username if p.account else None for p in people]
kept = [d.participant_id[0] for d in model("consent", "ConsentDraft").objects.all()]
print(json.dumps({"forth": forth, "drafts": drafts, "back": back, "kept": kept}))
"""


def run(script: str, database: str) -> dict[str, object]:
    environment = {
        **os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "governance.settings", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.only_on("sqlite")
def test_everybody_who_signed_for_themselves_decides_for_themselves_since_their_account_was_linked(tmp_path: Path):
    found = run(DECIDERS, f"sqlite:///{tmp_path / 'old.sqlite3'}")

    assert found == {
        "forth": [["1", "a", "self", "participant", 7, None], ["2", "b", "self", "participant", 9, None]],
        "drafts": [["2", True, "sealed"]],
        "back": ["a", "b", None],
        "kept": ["2"],
    }
