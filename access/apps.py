from importlib import import_module

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        from access import models  # noqa: PLC0415  models are loaded only now
        from governance.append_only import only_grows  # noqa: PLC0415

        only_grows(models.RequestSubmission)
        only_grows(models.TermsVersion)
        only_grows(models.TermsAcceptance)
        only_grows(models.CaseMessage)
        only_grows(models.Vote, set_once=["replaced_at"])
        only_grows(models.GrantChange, set_once=["position"])
        import_module("access.subscriptions").connect()
