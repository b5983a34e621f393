"""The two locks that Django has no words for; in which order locks are taken, and how strong, says docs/locks.md."""

from collections.abc import Collection

from django.db import connection, models

from governance.models import DataHost, User


def share(model: type[models.Model], keys: Collection[int]) -> None:
    """Keep the rows of these keys as they are until the transaction ends: others may do the same, and who changes one waits.

    Read them afterwards, since they may have changed while this waited. Taken by key, so that no two wait for each
    other. SQLite has one writer at a time, who needs no such lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("rows are kept until a transaction ends: wrap the service in transaction.atomic")
    if not keys or not connection.features.has_select_for_update:
        return
    rows = model._default_manager.filter(pk__in=keys).order_by("pk").values_list("pk")
    sql, parameters = rows.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", parameters)


def lock_person(person: User) -> User:
    """The person, locked by what ends a right of theirs: no visa is recorded beside it, since minting shares this lock."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def lock_host(host: DataHost) -> DataHost:
    """The host, locked by what ends visas for it: none is recorded beside it, since minting shares this lock."""
    return DataHost.objects.select_for_update(no_key=True).get(pk=host.pk)
