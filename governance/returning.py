"""An UPDATE that tells what it touched, for which Django has no words: one round trip where two would do the same."""

from collections.abc import Sequence
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
