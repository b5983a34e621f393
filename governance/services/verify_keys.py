"""Whether every row points to rows that are there. Part of `manage.py verify`.

The other checks read a row together with what it points to, so that they would never see one whose key leads nowhere. The
database holds these keys itself; whoever owns it can lift that.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Exists, ForeignKey, Model, OuterRef

from governance.domain.findings import Finding

OURS = ("governance", "consent", "access")


def findings() -> Iterator[Finding]:
    """Each column of our tables that points to rows which are not there, with the first such row."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and field.db_constraint:  # type: ignore[attr-defined]  # not in the stubs
                    yield from _lost(model, field)


def _lost(model: type[Model], field: ForeignKey[Model, Model]) -> Iterator[Finding]:
    there = field.remote_field.model._base_manager.filter(**{field.target_field.attname: OuterRef(field.attname)})
    rows = model._base_manager.filter(**{f"{field.attname}__isnull": False}).filter(~Exists(there)).order_by("pk")
    first = rows.values_list("pk", flat=True).first()
    if first is not None:
        name = f"{model._meta.verbose_name} {first}"
        yield Finding(3, name, f"points by {field.name} to a row that is not there")
