"""A test with a database that several threads write to is disturbed by nobody, and disturbs nobody."""

import threading
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from governance.models import User
from tests.access.builders import person
from tests.races import shared_database


@pytest.mark.only_on("sqlite")  # elsewhere threads share the server as it is
@pytest.mark.django_db(transaction=True)
def test_a_live_server_that_ends_the_request_of_an_earlier_test_closes_nothing(tmp_path: Path) -> None:
    person("before")
    in_memory = connections[DEFAULT_DB_ALIAS]
    in_memory.inc_thread_sharing()

    def end_a_request() -> None:
        connections[DEFAULT_DB_ALIAS] = in_memory
        connections.close_all()

    with shared_database(tmp_path), transaction.atomic():
        server = threading.Thread(target=end_a_request)
        server.start()
        server.join()
        person("meanwhile")
        assert User.objects.filter(username__in=("before", "meanwhile")).count() == 2

    in_memory.dec_thread_sharing()
    assert list(User.objects.values_list("username", flat=True)) == ["before"]
