"""URLs of the consent app; one marked block for each page set.

The review, the stop page, receipts and the history name projects, so their addresses are in the access app.
"""

from django.urls import URLPattern, URLResolver, path

from consent.views import join, leaving, questions, records

urlpatterns: list[URLPattern | URLResolver] = []

# --- The participant's pages --------------------------------------------------------------------------------
urlpatterns += [
    path("join/", join.join, name="join"),
    path("consent/<slug:programme>/", questions.start, name="consent_start"),
    path("consent/<slug:programme>/questions/<slug:item>/", questions.question, name="consent_question"),
    path(
        "consent/<slug:programme>/signed/questions/<slug:item>/",
        questions.question,
        {"signed": True},
        name="consent_signed_question",
    ),
    path("consent/<slug:programme>/confirm/", leaving.confirm, name="consent_confirm"),
    path("consent/<slug:programme>/join-again/", leaving.rejoin, name="consent_rejoin"),
    path(
        "consent/<slug:programme>/receipts/<uuid:uuid>/receipt.json", records.receipt_file, name="consent_receipt_file"
    ),
    path("consent/<slug:programme>/forms/<slug:key>/<int:number>/", records.form_text, name="consent_form"),
]
