"""Rows that a query adds to, as types: `With[Grant, Followed]` is a grant that also has what the TypedDict `Followed` names.

Types of Django for mypy know how to read it; nothing of them is needed to run, where it is the model alone.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations as With
else:

    class With:
        """`With[Model, Columns]`: the model."""

        def __class_getitem__(cls, of: tuple[type, Any]) -> type:
            return of[0]


__all__ = ["With"]
