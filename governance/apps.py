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
        from governance import start  # noqa: PLC0415  models are loaded only now
        from governance.models import AuditEvent  # noqa: PLC0415
        from governance.record import append_only, deliveries, jobs, outbox, worker  # noqa: PLC0415  models are loaded only now

        append_only.only_grows(AuditEvent)
        pre_migrate.connect(append_only.lift, dispatch_uid="append-only triggers, lifted")
        post_migrate.connect(append_only.install, dispatch_uid="append-only triggers")
        start.before_start(append_only.refuse_to_start_without_triggers)
        worker.every(24 * 3600, "delete done deliveries", deliveries.forget_done)
        worker.every(24 * 3600, "delete inputs of old jobs", jobs.forget_inputs)
        if outbox.has_broker():
            wake = import_module("governance.celery").wake
            outbox.on_wake(Waker(lambda: wake.apply_async(ignore_result=True)).wake)
        compile_catalogues(Path(settings.LOCALE_PATHS[0]))
