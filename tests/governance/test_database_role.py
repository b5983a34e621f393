"""The role for web and worker, as `docs/operators.md` makes it: it does all the platform's work and cannot touch its guards."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from access.verification import verify
from consent.services.verify import verify_ledger
from governance.record import append_only
from tests import worlds
from tests.access.granted import LATER, Granted, granted, propagate
from tests.access.test_grant_suspension import suspended

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql"),  # SQLite has no roles
]
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "operators.md"


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def web() -> Iterator[None]:
    """Everything inside happens as the role of the guide."""
    [lines] = re.findall(r"```sql\n(CREATE ROLE.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    run(lines)
    run("SET LOCAL ROLE duologue_web")
    yield
    run("RESET ROLE")


def of_the_web() -> Granted:
    with worlds.made_anew():
        of = granted()
    of.leaves(0)
    propagate()
    return suspended(of)


def test_the_role_does_what_the_platform_does(web: None) -> None:
    of = of_the_web()

    assert of.now().state == "suspended"
    assert append_only.unguarded() == []
    assert list(verify.findings(now=LATER)) == []
    assert verify_ledger(now=LATER).problems == []


@pytest.mark.parametrize(
    "statement",
    [
        'DROP TRIGGER "append_only_access_vote_update" ON "access_vote"',
        'ALTER TABLE "access_vote" DISABLE TRIGGER ALL',
        "SET LOCAL session_replication_role = replica",
        'CREATE OR REPLACE FUNCTION "append_only_access_vote"() RETURNS trigger LANGUAGE plpgsql AS '
        "$$ BEGIN RETURN NEW; END $$",
        'TRUNCATE "access_vote"',
        'UPDATE "governance_auditevent" SET "actor" = \'nobody\'',
        'DELETE FROM "consent_consentevent"',
        'DROP TABLE "access_vote"',
    ],
)
def test_the_role_cannot_touch_the_guards(web: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        run(statement)
