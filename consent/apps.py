from importlib import import_module

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        from consent import models  # noqa: PLC0415  models are loaded only now
        from governance.record.append_only import only_grows  # noqa: PLC0415

        only_grows(models.ConsentEvent)
        only_grows(models.ConsentProfile)
        only_grows(models.Membership)
        only_grows(models.MembershipEnd)
        # Whose identity was erased has no account any more.
        only_grows(models.Decider, open_columns=["account_id"], set_once=["until"])
        only_grows(models.CohortChange, set_once=["position"])
        # A published form is frozen but for its retirement; drafts and proposals are still being written.
        only_grows(
            models.FormVersion,
            open_columns=["state"],
            set_once=["retired_at"],
            open_when="{row}.\"state\" IN ('draft', 'proposed')",
        )
        import_module("consent.schedule").connect()
