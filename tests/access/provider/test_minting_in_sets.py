"""UserInfo costs the same for one grant and a hundred; a grant that cannot be judged takes nothing from the others."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from access.models import Grant, GrantPerson, Visa
from access.passports import client_services as clients
from access.passports import given_again
from access.visas import status_lists
from governance.models import HostedDataset, User
from tests.access import builders
from tests.access.granted import Granted, granted, make_unreadable
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.accounts import second_factor
from tests.governance.key_builders import standing_keys


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    given_again.forget()
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=True):
        yield
    given_again.forget()


@pytest.fixture
def of() -> Granted:
    standing_keys()
    made = granted()
    made.access.dataset.hosted.filter(host=made.download).delete()
    second_factor(made.access.ada)
    return made


def copied(row: Model, **changes: Any) -> Any:
    fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    made = type(row)(**{name: getattr(row, name) for name in fields} | changes)
    made.save()
    return made


def more_grants(of: Granted, count: int) -> list[Grant]:
    """Copies of Ada's grant, each on a dataset of its own at the same host."""
    grant, made = of.now(), []
    version = grant.line.dataset_version
    for _ in range(count):
        number = Grant.objects.count()
        dataset = copied(version.dataset, slug=f"copy-{number}")
        HostedDataset.objects.create(host=of.enforcing, dataset=dataset, since=builders.NOW - timedelta(days=1))
        own = copied(version, dataset_id=dataset.pk, accession=f"COPY-{number}")
        line = copied(grant.line, dataset_version_id=own.pk)
        one = copied(grant, line_id=line.pk, number=f"G-copy-{number}", judged_position=0, epoch=0)
        GrantPerson.objects.create(grant=one, person=of.access.ada, since=builders.NOW)
        made.append(one)
    return made


def statements(token: str, visas: int) -> int:
    """How many statements one request sends, which gives so many visas."""
    status_lists.take_ahead(status_lists.AHEAD, now=timezone.now())
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = flows.userinfo(token)
    assert (answer.status_code, len(answer.json()["ga4gh_passport_v1"])) == (200, visas)
    # SQLite begins a transaction by a statement, and takes a thousand values at once: the rows of many visas go in turns.
    inserts = sum(sql.startswith('INSERT INTO "access_visa"') for sql in sent)
    return len([sql for sql in sent if not sql.startswith("BEGIN")]) - max(inserts - 1, 0)


@pytest.mark.django_db(transaction=True)
def test_userinfo_costs_fourteen_statements_and_three_when_it_is_asked_again(of: Granted) -> None:
    portal = flows.a_client("Portal", None, clients.AUTHORIZATION_CODE)
    token = flows.a_token(portal, of.access.ada, flows.PASSPORT_SCOPES)

    costs = {}
    for grants in (1, 10, 100):
        more_grants(of, grants - Grant.objects.count())
        # An answer that is kept and does not hold any more would be looked at first.
        given_again.forget()
        costs[grants] = (statements(token, grants + 2), statements(token, grants + 2))

    assert costs == {1: (14, 3), 10: (14, 3), 100: (14, 3)}


@pytest.mark.django_db
def test_a_grant_that_cannot_be_judged_is_set_aside_and_the_others_are_minted(of: Granted) -> None:
    bad, *good = more_grants(of, 3)
    make_unreadable(bad)
    ada = User.objects.get(pk=of.access.ada.pk)

    minted = mint_visas(person=ada, client=None, now=timezone.now())

    bad.refresh_from_db()
    assert (bad.state, bad.suspended_because) == ("suspended", "unjudged")
    assert [(one.code, one.grant) for one in minted.withheld] == [("not_active", bad.number)]
    given = set(Visa.objects.exclude(grant=None).values_list("grant", flat=True))
    assert given == {of.grant.pk, *(grant.pk for grant in good)}
