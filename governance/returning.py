"""UPDATEs for which Django has no words: one that tells what it touched, and one that writes something else into each row."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.sql import UpdateQuery

from governance.columns import column_of, field_of


def update_returning(rows: models.QuerySet[Any], columns: Sequence[str], **values: Any) -> list[tuple[Any, ...]]:
    """Update as `rows.update(**values)` does; of each updated row these columns as they are now, in no order."""
    query = rows.query.chain(UpdateQuery)
    assert isinstance(query, UpdateQuery), "chained as what was asked for"
    query.clear_ordering(force=True)
    query.add_update_values(values)
    sql, parameters = query.get_compiler(connection=connection).as_sql()
    names = ", ".join(connection.ops.quote_name(column_of(field_of(rows.model, one))) for one in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {names}", parameters)
        return list(cursor.fetchall())


def update_each(
    model: type[models.Model],
    rows: Mapping[Any, Mapping[str, Any]],
    *,
    key: str = "",
    only: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Write into each row its own values, `{key: {field: value}}` with the same fields in all, in one statement.

    `key` is the field that names the rows, the primary key unless another is given; `only` an SQL condition on the row (`t`).
    Of each row that was written `returning` gives these columns as they are now, in no order.
    """
    if not rows:
        return []
    quote = connection.ops.quote_name
    named = field_of(model, key or model._meta.pk.name)
    fields = [named, *(field_of(model, name) for name in next(iter(rows.values())))]
    flat = [
        field.get_db_prep_save(value, connection)
        for one, values in rows.items()
        for field, value in zip(fields, (one, *values.values()), strict=True)
    ]
    line = f"({', '.join(['%s'] * len(fields))})"
    given = [_typed(field, f"v.column{number}") for number, field in enumerate(fields, start=1)]
    written = ", ".join(
        f"{quote(column_of(field))} = {value}" for field, value in zip(fields[1:], given[1:], strict=True)
    )
    told = ", ".join(f"{quote(column_of(field_of(model, one)))}" for one in returning)
    # Names of our own models and their columns alone.
    sql = (
        f"UPDATE {quote(model._meta.db_table)} AS t SET {written} "  # noqa: S608
        f"FROM (VALUES {', '.join([line] * len(rows))}) AS v WHERE t.{quote(column_of(named))} = {given[0]}"
        f"{f' AND ({only})' if only else ''}{f' RETURNING {told}' if told else ''}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, flat)
        return list(cursor.fetchall()) if told else []


def _typed(field: Any, value: str) -> str:
    """A value of a list, which PostgreSQL takes for a text unless it is told otherwise."""
    return f"CAST({value} AS {field.cast_db_type(connection)})" if connection.vendor == "postgresql" else value
