"""URLs of the consent app; one marked block for each page set."""

from django.urls import URLPattern, URLResolver, path

from consent.views import join, leaving, questions, records

urlpatterns: list[URLPattern | URLResolver] = []

# --- The participant's pages --------------------------------------------------------------------------------
urlpatterns += [
    path("join/", join.join, name="join"),
    path("consent/<slug:programme>/", questions.start, name="consent_start"),
    path("consent/<slug:programme>/questions/<slug:item>/", questions.question, name="consent_question"),
    path("consent/<slug:programme>/review/", questions.review, name="consent_review"),
    path("consent/<slug:programme>/confirm/", leaving.confirm, name="consent_confirm"),
    path("consent/<slug:programme>/stop/", leaving.stop, name="consent_stop"),
    path("consent/<slug:programme>/join-again/", leaving.rejoin, name="consent_rejoin"),
    path("consent/<slug:programme>/history/", records.history, name="consent_history"),
    path("consent/<slug:programme>/receipts/<uuid:uuid>/", records.receipt, name="consent_receipt"),
    path("consent/<slug:programme>/forms/<slug:key>/<int:number>/", records.form_text, name="consent_form"),
]
