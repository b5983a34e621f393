"""Many rows at once: by COPY on PostgreSQL, as any other rows elsewhere."""

import json
from collections.abc import Sequence
from io import StringIO
from typing import Any

from django.db import connection, models

from governance.columns import column_of

# Below so many, one INSERT costs no more.
_WORTH_A_COPY = 30
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def enter(rows: Sequence[models.Model], *, keyed: bool = True) -> None:
    """Insert rows of one model in their order. With `keyed` they know the keys that the database gives afterwards."""
    if connection.vendor != "postgresql" or len(rows) < _WORTH_A_COPY:
        if rows:
            type(rows[0])._default_manager.bulk_create(rows, batch_size=1000)
        return
    if not connection.in_atomic_block:
        raise RuntimeError("rows are entered with their cause: wrap the service in transaction.atomic")
    table, key = rows[0]._meta.db_table, rows[0]._meta.pk
    numbered = isinstance(key, models.AutoField)
    fields = [field for field in rows[0]._meta.concrete_fields if keyed or not numbered or field is not key]
    with connection.cursor() as cursor:
        if keyed and numbered:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), column_of(key), len(rows)],
            )
            for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = number
        columns = ", ".join(connection.ops.quote_name(column_of(field)) for field in fields)
        text = StringIO("".join(_line(row, fields) for row in rows))
        cursor.copy_expert(f"COPY {connection.ops.quote_name(table)} ({columns}) FROM STDIN", text)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _line(row: models.Model, fields: Sequence["models.Field[Any, Any]"]) -> str:
    return "\t".join(_text(_value(row, field)) for field in fields) + "\n"


def _value(row: models.Model, field: "models.Field[Any, Any]") -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, models.JSONField) and value is not None:
        # For a statement the driver wraps it, quotes and all.
        return json.dumps(value, cls=field.encoder)
    return field.get_db_prep_save(value, connection)


def _text(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(_ESCAPED)
