from importlib import import_module
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate, pre_migrate

from governance.face.translations import compile_catalogues
from governance.record.waking import Waker


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        from governance import models, start  # noqa: PLC0415  models are loaded only now
        from governance.record import append_only, outbox  # noqa: PLC0415  models are loaded only now

        for table in (models.AuditEvent, models.Leaf, models.Subtree, models.Checkpoint):
            append_only.only_grows(table)
        pre_migrate.connect(append_only.lift, dispatch_uid="append-only triggers, lifted")
        post_migrate.connect(append_only.install, dispatch_uid="append-only triggers")
        start.before_start(append_only.refuse_to_start_without_triggers)
        import_module("governance.schedule").connect()
        if outbox.has_broker():
            outbox.on_wake(Waker(import_module("governance.celery").send_wake).wake)
        compile_catalogues(Path(settings.LOCALE_PATHS[0]))
