from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from governance.translations import compile_catalogues


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance import append_only  # noqa: PLC0415  models are loaded only now
        from governance.models import AuditEvent  # noqa: PLC0415

        append_only.only_grows(AuditEvent)
        post_migrate.connect(append_only.install, dispatch_uid="append-only triggers")
        compile_catalogues(Path(settings.LOCALE_PATHS[0]))
