"""Every URL of the product; each app keeps its own table."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from governance.api import record
from governance.views import errors, inbox, jobs, operations, pages
from governance.views import record as record_pages
from governance.views.gallery import gallery
from governance.views.look import set_theme

urlpatterns = [
    path("health/live", operations.live, name="health_live"),
    path("health/ready", operations.ready, name="health_ready"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read", inbox.read, name="inbox_read"),
    path("inbox/choices", inbox.choose, name="inbox_choices"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("theme/", set_theme, name="set_theme"),
    path("gallery/", gallery, name="gallery"),
    path("help/", pages.help_and_contact, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("record/", record_pages.log, name="record"),
    path("jobs/", jobs.mine, name="jobs"),
    path("jobs/<uuid:uuid>", jobs.show, name="job"),
    path("jobs/<uuid:uuid>/report.tsv", jobs.report, name="job_report"),
    path("jobs/<uuid:uuid>/<str:action>", jobs.act, name="job_act"),
    path("accounts/", include("allauth.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("api/docs/", pages.api_docs, name="api_docs"),
    path("api/v1/log/checkpoint", record.CheckpointView.as_view(), name="log_checkpoint"),
    path("api/v1/log/keys", record.Keys.as_view(), name="log_keys"),
    path("api/v1/log/proof/inclusion", record.InclusionView.as_view(), name="log_inclusion"),
    path("api/v1/log/proof/consistency", record.ConsistencyView.as_view(), name="log_consistency"),
    path("api/v1/log/hashes", record.Hashes.as_view(), name="log_hashes"),
    path("api/v1/log/entries", record.Entries.as_view(), name="log_entries"),
    path("", include("consent.urls")),
    path("", include("access.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.server_error
