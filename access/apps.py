from importlib import import_module

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        from access import models  # noqa: PLC0415  models are loaded only now
        from access.demo import guard  # noqa: PLC0415
        from governance import start  # noqa: PLC0415
        from governance.record.append_only import only_grows  # noqa: PLC0415

        only_grows(models.RequestSubmission)
        only_grows(models.TermsVersion)
        only_grows(models.CaseMessage)
        only_grows(models.Evidence)
        only_grows(models.Vote, set_once=["replaced_at"])
        only_grows(models.GrantChange, set_once=["position"])
        start.before_start(guard.refuse_demo_in_production)
        import_module("access.subscriptions").connect()
