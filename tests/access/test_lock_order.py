"""Locks are taken in the order of docs/locks.md, watched on PostgreSQL over the main acts of everybody."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from access.cases import services as cases
from access.grants import ends as grant_ends
from access.grants import evaluation
from access.grants import services as grants
from access.hosts import services as hosts
from access.models import Grant
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from consent.services import memberships
from governance.locks import lock_person
from governance.record import outbox
from governance.services import datasets, organisations, people
from tests.access import builders
from tests.access.granted import another_grant, granted, host, make_unreadable
from tests.access.mints import mint_visas
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.architecture.test_locks import ORDERED
from tests.governance.key_builders import standing_keys

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("postgresql"),  # SQLite has one lock, which has no order
]
TABLES = {model._meta.db_table: model.__name__ for model in apps.get_models()}
LOCK = re.compile(r"\bFOR (?:NO KEY UPDATE|UPDATE|SHARE)\b")
# Whose rows they are, where the lock says it: a query within the statement may come before.
OF = re.compile(r'\bFOR (?:NO KEY UPDATE|UPDATE|SHARE) OF "(\w+)"')
FROM = re.compile(r'\bFROM "(\w+)"')


class Watch:
    """The locks of each transaction, in the order in which they were taken."""

    def __init__(self) -> None:
        self.around = len(connection.savepoint_ids)
        self.held: list[str] = []
        self.wrong, self.seen = set[str](), set[str]()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" in sql and len(connection.savepoint_ids) <= self.around:
            # In use this begins or ends a transaction: the test's own is around it.
            self.held = []
        elif LOCK.search(sql):
            match = OF.search(sql) or FROM.search(sql)
            assert match, sql
            self._taken(TABLES[match.group(1)])
        return execute(sql, params, many, context)

    def _taken(self, model: str) -> None:
        self.seen.add(model)
        if model in ORDERED and model not in self.held:
            later = [one for one in self.held if one in ORDERED and ORDERED.index(one) > ORDERED.index(model)]
            self.wrong |= {f"{model} after {one}" for one in later}
            self.held.append(model)


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch


def test_every_lock_is_taken_after_those_that_stand_above_it() -> None:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=True), watched() as watch:
        standing_keys()
        of = granted()
        access, now = of.access, timezone.now()
        second_factor(access.ada)
        another = another_grant(of, "bo")
        bo = another.people.get().person

        draft = requests.create_draft(by=access.ada, now=now, dataset=access.dataset)
        collaborators.ask(request=draft, name="bo", by=access.ada, now=now)
        collaborators.join(request=draft, by=bo, now=now)
        collaborators.ask(request=draft, name="carl", by=access.ada, now=now)

        mint_visas(person=access.ada, client=None, host=of.download, now=now)
        of.leaves(0, now)
        mint_visas(person=access.ada, client=None, host=of.download, now=now)
        outbox.drain(now=now)
        hosts.confirm(host=of.download, grant=of.grant, position=4, by=TESTS, now=now)
        mint_visas(person=access.ada, client=None, host=of.download, now=now)
        hosts.seal_grants()
        memberships.end(participant=of.participants[1], dataset=access.dataset, by=TESTS, now=now)
        memberships.add(participant=of.participants[1], dataset=access.dataset, by=TESTS, now=now)
        datasets.label_dataset(
            dataset=access.dataset, data_use={"permission": "GRU"}, evidence="form", by=TESTS, now=now
        )
        host("third", enforces=True)
        make_unreadable(another)
        evaluation.sweep(now)
        outbox.drain(now=now)
        organisations.end_affiliation(affiliation=bo.affiliations.get(), by=TESTS, now=now)
        people.close_account(person=bo, because="left", by=TESTS, now=now)
        outbox.drain(now=now)
        grant_ends.revoke_grant(grant=Grant.objects.get(pk=of.grant.pk), note="Over.", by=access.chair, now=now)
        line = builders.voted(access, "refuse", "refuse", "refuse", months=12)
        cases.refuse(line=line, term="HMB", text="No.", by=access.chair, now=now)

    assert watch.wrong == set()
    assert {"User", "DataHost", "Request", "Line", "Participant", "Dataset", "Grant", "Visa"} <= watch.seen


def test_the_watch_sees_a_lock_that_is_taken_too_late() -> None:
    of = granted()

    with watched() as watch:
        with transaction.atomic():
            grants.locked(of.grant)
            lock_person(of.access.ada)
        with transaction.atomic():
            lock_person(of.access.ada)
            grants.locked(of.grant)

    assert watch.wrong == {"User after Grant"}
