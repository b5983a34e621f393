from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance import append_only  # noqa: PLC0415  models are loaded only now
        from governance.models import AuditEvent  # noqa: PLC0415

        append_only.only_grows(AuditEvent)
        post_migrate.connect(append_only.install, dispatch_uid="append-only triggers")
