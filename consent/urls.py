"""URLs of the consent app; one marked block for each page set.

The review, the stop page, receipts and the history name projects, so their addresses are in the access app.
"""

from django.urls import URLPattern, URLResolver, path, register_converter

from consent.views import join, leaving, questions, records, whom

register_converter(whom.ParticipantId, "participant")
register_converter(whom.ProgrammeSlug, "programme")

urlpatterns: list[URLPattern | URLResolver] = []

# --- The pages of who decides, each of one participant ----------------------------------------------------------------
urlpatterns += [
    path("join/", join.join, name="join"),
    path("consent/<participant:participant>/", questions.start, name="consent_start"),
    path("consent/<participant:participant>/questions/<slug:item>/", questions.question, name="consent_question"),
    path(
        "consent/<participant:participant>/signed/questions/<slug:item>/",
        questions.question,
        {"signed": True},
        name="consent_signed_question",
    ),
    path("consent/<participant:participant>/confirm/", leaving.confirm, name="consent_confirm"),
    path("consent/<participant:participant>/join-again/", leaving.rejoin, name="consent_rejoin"),
    path(
        "consent/<participant:participant>/receipts/<uuid:uuid>/receipt.json",
        records.receipt_file,
        name="consent_receipt_file",
    ),
    path("consent/<participant:participant>/forms/<slug:key>/<int:number>/", records.form_text, name="consent_form"),
]

# --- Addresses that name the programme alone, from letters and bookmarks ----------------------------------------------
urlpatterns += [
    path("consent/<programme:programme>/", whom.by_programme, name="consent_of_programme"),
    path("consent/<programme:programme>/<path:rest>", whom.by_programme, name="consent_page_of_programme"),
]
