"""Strings that only a person could have brought in are found nowhere but where they belong.

Names, mail, dates of birth, diseases, free text and keys are seeded through the real services; then people and hosts use the
product, and things go wrong. Logs, audit, outbox, errors, feeds, tokens and health pages hold none of them.
"""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client

from access.cases import services as cases
from access.models import Grant
from access.passports import minting as visas
from consent.models import ConsentEvent, ConsentState
from consent.services import programmes
from governance import keys
from governance.models import AuditEvent, OutboxMessage, SigningKey
from governance.record import sealer
from governance.services import people
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.access.operated import visas_at
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, answer
from tests.logs import log

pytestmark = pytest.mark.django_db
CANARIES = {
    "name": "Canaria Birdsong",
    "mail": "canary.bird",
    "born": "1931-03-07",
    "outside id": "CANARY-HOSPITAL-77",
    "disease": "MONDO:0019391",
    "words": "canary-words-typed-beside-an-answer",
    "message": "canary-message-to-the-committee",
    "reason": "canary-reason-of-a-vote",
    "note": "canary-note-at-the-end",
    "account": "canary-account-name",
}
BACKEND = "django.contrib.auth.backends.ModelBackend"


def seeded() -> Granted:
    """A world with one more participant, whose every word is a canary, and with canaries in what committees write."""
    of = granted()
    account = people.create_person(
        username=CANARIES["account"],
        email=f"{CANARIES['mail']}@example.org",
        name=CANARIES["name"],
        by=TESTS,
        now=NOW,
    )
    canary = programmes.enrol(
        programme=of.consent.programme, account=account, name=CANARIES["name"], date_of_birth=date(1931, 3, 7),
        outside_id=CANARIES["outside id"], email=f"{CANARIES['mail']}@example.org", by=TESTS, now=NOW,
        record_condition=CANARIES["disease"],
    )  # fmt: skip
    named = {"value": "named", "fields": {"name": CANARIES["words"], "contact": f"{CANARIES['mail']}@example.org"}}
    answer(canary, of.consent, EVERYTHING | {"results_designate": named})
    of.participants.append(canary)
    case = of.access.case()
    cases.write_to_applicant(case=case, text=CANARIES["message"], by=of.access.chair, now=NOW)
    keys_row = SigningKey.objects.first()
    assert keys_row is None or keys_row.private_encrypted
    return of


def used(of: Granted) -> str:
    """Everything that the product says to logs, hosts and operators while it is used and while it fails."""
    said = []
    with log() as written, time_machine.travel(LATER, tick=False):
        visas_at(of, of.enforcing, LATER)
        browser = Client(raise_request_exception=False)
        browser.force_login(of.participants[-1].account, backend=BACKEND)
        for path in ("/", "/my-data/", "/consent/karelia/", "/consent/karelia/history/", "/health/ready", "/nowhere"):
            browser.get(path, {"q": CANARIES["name"]})
        browser.post("/join/", {"code": CANARIES["outside id"], "date_of_birth": CANARIES["born"]})
        browser.post("/accounts/login/", {"login": CANARIES["account"], "password": CANARIES["words"]})
        with connection.execute_wrapper(_fails):
            said.append(browser.get("/requests/").content.decode())
        minted = visas.mint_passport(person=of.access.ada, client=None, host=of.enforcing, now=LATER)
        said += [minted.passport_jwt, *minted.visas]
        of.leaves(len(of.participants) - 1, LATER)
        cases.grants.end_grant(
            grant=of.grant, reason=Grant.End.REVOKED, note=CANARIES["note"], by=of.access.chair, now=LATER
        )
        propagate(LATER + timedelta(minutes=1))
        said += [browser.get(path).content.decode() for path in ("/health/live", "/health/ready", "/service-info")]
        sealer.seal(now=LATER + timedelta(minutes=1))
        call_command("verify")
    return "\n".join([written.getvalue(), *said])


def _fails(execute, sql, params, many, context):
    raise RuntimeError(f"a driver that quotes what it was given: {CANARIES['name']} {CANARIES['mail']}")


def rows(model) -> str:
    return "\n".join(json.dumps(row, default=str) for row in model.objects.values())


def found(text: str) -> list[str]:
    return [name for name, canary in CANARIES.items() if canary in text]


def test_what_people_bring_in_leaves_no_trace_where_it_does_not_belong(capsys: pytest.CaptureFixture[str]) -> None:
    of = seeded()

    said = used(of)

    assert "request_failed" in said
    assert {"logs, errors, tokens": found(said), "output": found("".join(capsys.readouterr()))} == {
        "logs, errors, tokens": [], "output": [],
    }  # fmt: skip
    assert {model.__name__: found(rows(model)) for model in (AuditEvent, OutboxMessage)} == {
        "AuditEvent": [], "OutboxMessage": [],
    }  # fmt: skip
    # The ledger may name the disease of a record as a code: it is a fact that consent depends on.
    ledger = {model.__name__: found(rows(model)) for model in (ConsentEvent, ConsentState)}
    assert {name: set(canaries) - {"disease"} for name, canaries in ledger.items()} == {
        "ConsentEvent": set(), "ConsentState": set(),
    }  # fmt: skip


def test_private_keys_are_nowhere_in_the_clear() -> None:
    of = granted()
    with time_machine.travel(LATER, tick=False), log() as written:
        visas_at(of, of.enforcing, LATER)
        key = SigningKey.objects.filter(state="active").first()
        assert key is not None
        whole = keys.unwrap(key.private_encrypted)

    exponent = [word for word in _secrets(whole) if len(word) > 40]
    stored = rows(SigningKey) + rows(AuditEvent) + written.getvalue()
    assert exponent
    assert [word for word in exponent if word in stored] == []


def _secrets(whole: bytes) -> list[str]:
    """The private parts of a stored key as text."""
    text = whole.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        return [str(value) for name, value in json.loads(text).items() if name in ("d", "p", "q", "dp", "dq", "qi")]
    return text.replace("-----", "\n").splitlines()
