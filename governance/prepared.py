"""Statements whose text is the same each time: written by the ORM once, then sent with other values.

For what is asked at every request alone: the ORM takes longer to write a statement with twenty subqueries than the database to
answer it. Any query will do in which the values that change are a `Parameter`:

    _KEPT = Prepared(lambda: Grant.objects.filter(people__person=Parameter("person", IntegerField())).values_list("pk"))
    _KEPT.rows(person=person.pk)
"""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql import UpdateQuery


class Parameter(Expression):
    """A value that is given when the statement is sent, less a time where it is a moment."""

    def __init__(self, name: str, output_field: "Field[Any, Any]", less: timedelta = timedelta()) -> None:
        super().__init__(output_field=output_field)
        self.name, self.less = name, less

    def __sub__(self, other: Any) -> Any:
        return Parameter(self.name, self.output_field, self.less + other)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def given(self, values: Mapping[str, Any]) -> Any:
        """The value as this database takes it."""
        value = values[self.name]
        return self.output_field.get_db_prep_value(value - self.less if self.less else value, connection)


class Prepared:
    """One statement: a query of rows, or with `changes` an UPDATE of them. Written anew by each thread."""

    def __init__(self, query: Callable[[], QuerySet[Any, Any]], **changes: Any) -> None:
        self._query, self._changes = query, changes
        self._kept = threading.local()

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, as `values_list` gives them."""
        compiler, _sql, _params = self._written()
        with connection.cursor() as cursor:
            self._send(cursor, values)
            found = cursor.fetchall()
        return list(compiler.results_iter(results=[found], tuple_expected=True))

    def change(self, **values: Any) -> int:
        """How many rows were changed."""
        with connection.cursor() as cursor:
            self._send(cursor, values)
            changed: int = cursor.rowcount
        return changed

    def _send(self, cursor: Any, values: Mapping[str, Any]) -> None:
        _compiler, sql, params = self._written()
        cursor.execute(sql, [one.given(values) if isinstance(one, Parameter) else one for one in params])

    def _written(self) -> tuple[Any, str, tuple[Any, ...]]:
        written: tuple[Any, str, tuple[Any, ...]] | None = getattr(self._kept, "written", None)
        if written is None or written[0].connection.vendor != connection.vendor:
            query = self._query().query
            if self._changes:
                changing = query.chain(UpdateQuery)
                assert isinstance(changing, UpdateQuery), "chained as what was asked for"
                changing.add_update_values(self._changes)
                query = changing
            compiler = query.get_compiler(connection=connection)
            written = self._kept.written = (compiler, *compiler.as_sql())
        return written
