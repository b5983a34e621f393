"""URLs of the access app; one marked block for each page set."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from access.cases import views as cases
from access.catalogue import dataset_views as datasets
from access.catalogue import views as catalogue
from access.committees import terms_views as terms
from access.grants import obligation_views as obligations
from access.grants import views as grants
from access.home import views as home
from access.hosts import views as hosts
from access.my_data import signing_views as signing
from access.my_data import views as my_data
from access.passports import wellknown_views as wellknown
from access.requests import act_views as request_acts
from access.requests import collaborator_views as collaborators
from access.requests import views as requests
from access.requests import writing_views as writing

urlpatterns: list[URLPattern | URLResolver] = []

# --- OpenID Provider and what hosts read without asking ---------------------------------------------------------------
urlpatterns += [
    # Some hosts join the issuer, which ends with a slash, and the path, which begins with one.
    re_path(r"^(?:/)?\.well-known/openid-configuration$", wellknown.discovery, name="discovery"),
    re_path(r"^(?:/)?\.well-known/oauth-authorization-server$", wellknown.discovery, name="metadata"),
    re_path(r"^(?:/)?\.well-known/jwks\.json$", wellknown.jwks, name="jwks"),
    re_path(r"^(?:/)?\.well-known/jwks-es256\.json$", wellknown.jwks_es256, name="jwks_es256"),
    path("status/<int:number>", wellknown.status_list, name="status_list"),
    path("service-info", wellknown.service_info, name="service_info"),
    path("", include("access.passports.provider.urls")),
]

# --- First page, the API of data hosts, and the demo's own pages ------------------------------------------------------
urlpatterns += [
    path("", home.home, name="home"),
    path("api/v1/", include("access.hosts.api_urls")),
    path("demo/", include("access.demo.urls")),
]

# --- Requests, cases, grants and terms --------------------------------------------------------------------------------
urlpatterns += [
    path("requests/", requests.mine, name="requests"),
    path("requests/new", requests.new, name="request_new"),
    path("requests/diseases", writing.diseases, name="diseases"),
    path("requests/<str:number>", requests.show, name="request"),
    path("requests/<str:number>/purpose", writing.purpose, name="request_purpose"),
    path("requests/<str:number>/match", writing.match, name="request_match"),
    path("requests/<str:number>/draft", writing.autosave, name="request_draft"),
    path("requests/<str:number>/invitation", collaborators.invitation, name="request_invitation"),
    path("requests/<str:number>/review", requests.review, name="request_review"),
    path("requests/<str:number>/do/<str:action>", request_acts.act, name="request_act"),
    path("queue/", cases.queue, name="queue"),
    path("cases/<str:number>", cases.show, name="case"),
    path("cases/<str:number>/write", cases.write, name="case_write"),
    path("cases/<str:number>/recuse", cases.recuse, name="case_recuse"),
    path("cases/<str:number>/lines/<int:line>/<str:action>", cases.decide, name="case_decide"),
    path("grants/", grants.mine, name="grants"),
    path("grants/<str:number>", grants.show, name="grant"),
    path("grants/<str:number>/obligations/<int:place>", obligations.show, name="obligation"),
    path(
        "grants/<str:number>/obligations/<int:place>/files/<int:evidence>",
        obligations.evidence_file,
        name="evidence_file",
    ),
    path(
        "grants/<str:number>/obligations/<int:place>/files/<int:evidence>/erase",
        obligations.erase_file,
        name="evidence_erase",
    ),
    path("grants/<str:number>/obligations/<int:place>/<slug:action>", obligations.act, name="obligation_act"),
    path("grants/<str:number>/end", grants.end, name="grant_end"),
    path("grants/<str:number>/suspend", grants.suspend, name="grant_suspend"),
    path("grants/<str:number>/resume", grants.resume, name="grant_resume"),
    path("grants/<str:number>/leave", grants.leave, name="grant_leave"),
    path("terms/<slug:slug>-v<int:number>", terms.show, name="terms"),
    path("terms/<slug:slug>-v<int:number>/accept", terms.accept, name="terms_accept"),
    path("terms/<slug:slug>/<int:number>", terms.moved, name="terms_moved"),
    path("committees/<slug:slug>", terms.committee, name="committee"),
]

# --- The participant's pages that name projects -----------------------------------------------------------------------
urlpatterns += [
    path("consent/<participant:participant>/review/", signing.review, name="consent_review"),
    path(
        "consent/<participant:participant>/signed/review/",
        signing.review,
        {"signed": True},
        name="consent_signed_review",
    ),
    path("consent/<participant:participant>/stop/", signing.stop, name="consent_stop"),
    path("consent/<participant:participant>/history/", signing.history, name="consent_history"),
    path("consent/<participant:participant>/receipts/<uuid:uuid>/", signing.receipt, name="consent_receipt"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/answers/", my_data.answers, name="my_answers"),
    path("my-data/<participant:participant>/", my_data.my_data, name="my_data_of"),
    path("my-data/<participant:participant>/answers/", my_data.answers, name="my_answers_of"),
    path("my-data/everything.json", my_data.everything, name="my_data_everything"),
]

# --- The data host operator's pages -----------------------------------------------------------------------------------
urlpatterns += [
    path("hosts/", hosts.mine, name="hosts"),
    path("hosts/<slug:slug>", hosts.show, name="host"),
    path("hosts/<slug:slug>/grants/<str:number>/confirm", hosts.confirm, name="host_confirm"),
    path("hosts/<slug:slug>/grants/<str:number>/removed.txt", hosts.removed, name="host_removed"),
]

# --- The catalogue and the permanent page of each dataset -------------------------------------------------------------
urlpatterns += [
    path("datasets/", catalogue.catalogue, name="catalogue"),
    path("datasets/<str:accession>", datasets.dataset, name="dataset"),
]
