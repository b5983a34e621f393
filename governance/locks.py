"""The two locks that Django has no words for; in which order locks are taken, and how strong, says docs/locks.md."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from governance.models import DataHost, User

Row = TypeVar("Row", bound=models.Model)


def share(model: type[models.Model], keys: Collection[int]) -> None:
    """Keep the rows of these keys as they are until the transaction ends: others may do the same, and who changes one waits.

    Read them afterwards, since they may have changed while this waited. Taken by key, so that no two wait for each
    other. SQLite has one writer at a time, who needs no such lock.
    """
    share_those(model._default_manager.filter(pk__in=keys).order_by("pk"))


def share_those(rows: models.QuerySet[Any]) -> list[int]:
    """The same for the rows of a query, whose keys it returns: those that still fit it once they could be kept.

    Of other tables that the query looks at it may have seen what stood before this waited.
    """
    if not _shares():
        return list(rows.values_list("pk", flat=True))
    try:
        sql, parameters = _for_share(rows.values_list("pk"))
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [key for (key,) in cursor.fetchall()]


def shared(rows: models.QuerySet[Row]) -> Row:
    """The one row of a query, kept as `share` does, with its own columns as they are now."""
    if not _shares():
        return rows.get()
    [row] = rows.model._default_manager.raw(*_for_share(rows))
    return row


def _shares() -> bool:
    if not connection.in_atomic_block:
        raise RuntimeError("rows are kept until a transaction ends: wrap the service in transaction.atomic")
    return bool(connection.features.has_select_for_update)


def _for_share(rows: models.QuerySet[Any]) -> tuple[str, Any]:
    sql, parameters = rows.query.get_compiler(connection=connection).as_sql()
    return f"{sql} FOR SHARE OF {connection.ops.quote_name(rows.model._meta.db_table)}", parameters


def lock_person(person: User) -> User:
    """The person, locked by what ends a right of theirs: no visa is recorded beside it, since minting shares this lock."""
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def lock_host(host: DataHost) -> DataHost:
    """The host, locked by what ends visas for it: none is recorded beside it, since minting shares this lock."""
    return DataHost.objects.select_for_update(no_key=True).get(pk=host.pk)
