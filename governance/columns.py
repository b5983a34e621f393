"""Fields and columns of a model that surely has them: Django's own types say that any may be missing."""

from typing import Any

from django.db.models import Field, Model
from django.db.models.fields.reverse_related import ForeignObjectRel


def field_of(model: type[Model], name: str) -> "Field[Any, Any]":
    """The model's own field of this name. Raises TypeError where it is only another's way back."""
    found = model._meta.get_field(name)
    if not isinstance(found, Field):
        raise TypeError(f"{model.__name__}.{name} is no field of its own")
    return found


def column_of(field: "Field[Any, Any] | ForeignObjectRel") -> str:
    """The column that a field is kept in. Raises TypeError for a field that has none."""
    column = field.column if isinstance(field, Field) else None
    if column is None:
        raise TypeError(f"{field} has no column")
    return column


def leads_to(model: type[Model], name: str) -> type[Model]:
    """The model that a relation leads to. Raises TypeError for a field that is no relation."""
    found = field_of(model, name).related_model
    if found is None:
        raise TypeError(f"{model.__name__}.{name} leads to no other model")
    return found
