"""The gallery: every component in every state, on one page. A new component is added here before any page uses it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from governance.face import charts, look
from governance.face.forms import Choice, DayField, Form, Lines

_NIGHT = datetime(2026, 11, 18, 9, 12, 1, tzinfo=UTC)
_STATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Decision", ("Permit", "Review", "Deny")),
    ("Obligation", ("Met", "Outstanding", "Lapsed", "Cap", "Overdue")),
    (
        "Request and line",
        (
            "Draft",
            "Submitted",
            "Returned",
            "Pending",
            "In review",
            "Waiting for applicant",
            "Approved",
            "Refused",
            "Withdrawn",
            "Closed",
        ),
    ),
    ("Grant", ("Waiting", "Active", "Suspended", "Ended", "Expired", "Revoked")),
    ("Vote", ("Approve", "Refuse", "Not yet", "Recused")),
    ("Host", ("Told", "Confirmed", "Late", "Deaf")),
    ("A participant’s answer", ("Yes", "Yes, with a limit", "No", "Not sure", "Not answered")),
    ("A participant’s data", ("My data are in", "My data are not in")),
    ("Task", ("Done", "Running", "Not started", "Cannot start", "Failed")),
    ("Import and form", ("Ready", "Proposed", "Rejected", "Published", "Retired", "Next")),
)
_SHAPES: tuple[tuple[str, look.Family], ...] = (
    ("Permissions: a circle", look.Family.PERMISSION),
    ("Limits: a square", look.Family.LIMIT),
    ("Duties: a sheet", look.Family.DUTY),
    ("Widening: a hexagon", look.Family.WIDENS),
)
PARTS: tuple[tuple[str, str], ...] = (
    ("mark", "Name mark"),
    ("states", "Status words"),
    ("terms", "Pictograms"),
    ("voices", "Two voices"),
    ("lines", "Lines"),
    ("buttons", "Buttons"),
    ("fields", "Fields and errors"),
    ("notes", "Notices"),
    ("lists", "Lists of facts"),
    ("talks", "Time and talk"),
    ("tables", "Tables and paging"),
    ("filters", "Filters and chips"),
    ("figures", "Figures and progress"),
    ("charts", "Charts"),
)


class SampleForm(Form):
    """One field of each kind, for the gallery alone."""

    title = forms.CharField(label="Title", help_text="Participants read it")
    valid_until = DayField(label="Valid until", error_messages={"invalid": "Enter a date after today"})
    months = forms.IntegerField(label="Months", required=False, min_value=1)
    committee = forms.ChoiceField(label="Committee", choices=[("l", "Lakeland"), ("c", "Costa Verde")])
    summary = forms.CharField(
        label="Summary for participants",
        widget=Lines,
        help_text="Two or three sentences that a twelve-year-old understands.",
        error_messages={"required": "Write the summary for participants"},
    )
    evidence = forms.FileField(label="Evidence", required=False, help_text="PDF, 5 MB at most")
    access_mode = forms.ChoiceField(
        label="How will you work?",
        widget=forms.RadioSelect,
        choices=[("download", "Download"), ("visit", "Visit"), ("federated", "Federated")],
    )
    answer = forms.ChoiceField(
        label="May companies use my data?",
        widget=forms.RadioSelect,
        choices=[
            ("y", Choice("Yes", "Companies may ask to use my data for health research.")),
            ("n", Choice("No", "Only universities, hospitals and others that do not work for profit.")),
            ("u", Choice("Not sure", "Counts as no for now. You can come back at any time.")),
        ],
        required=False,
    )
    investigations = forms.MultipleChoiceField(
        label="What do you investigate?",
        widget=forms.CheckboxSelectMultiple,
        choices=[("40", "A disease"), ("38", "Genes"), ("31", "A new method")],
    )
    promise = forms.BooleanField(label="I promise to publish the results", required=False)


class ShortForm(Form):
    """A form small enough to be shown whole."""

    name = forms.CharField(label="Name", required=False)
    page = forms.CharField(widget=forms.HiddenInput, initial="1")


def _sample_form() -> SampleForm:
    return SampleForm(
        data={
            "title": "Inherited heart failure",
            "valid_until": "soon",
            "committee": "l",
            "access_mode": "visit",
            "investigations": ["40", "38"],
        }
    )


def _charts() -> dict[str, Any]:
    return {
        "decided": [
            charts.BarRow("HMB", (58, 9, 6)),
            charts.BarRow("GRU", (41, 2, 3)),
            charts.BarRow("DS", (22, 14, 19)),
            charts.BarRow("NPU", (37, 4, 11)),
            charts.BarRow("GS", (29, 8, 13)),
            charts.BarRow("IRB", (44, 12, 0)),
        ],
        "outcomes": ("Approved", "Approved with conditions", "Refused"),
        "cohort": [charts.BarRow("", (3412, 258, 640))],
        "verdicts": ("Permit", "Review", "Stay out"),
        "ages": [("0–2", 4), ("3–5", 6), ("6–8", 3), ("9–10", 2), ("11–15", 2), ("over 15", 1)],
        "open_share_says": "Share of cases still open by working day. Lakeland: half decided by day 11. "
        "Costa Verde: half decided by day 21.",
        "open_share": [
            charts.FallingLine(
                "Lakeland",
                (
                    (3, 0.94),
                    (5, 0.83),
                    (7, 0.7),
                    (9, 0.58),
                    (11, 0.49),
                    (14, 0.34),
                    (20, 0.22),
                    (26, 0.13),
                    (30, 0.08),
                ),
                ((3, 0.9, 1), (7, 0.58, 0.82), (11, 0.36, 0.62), (20, 0.12, 0.34), (30, 0.02, 0.18)),
            ),
            charts.FallingLine(
                "Costa Verde",
                ((6, 0.97), (10, 0.9), (14, 0.79), (18, 0.66), (21, 0.5), (27, 0.37), (30, 0.31)),
            ),
        ],
        "nets": [
            charts.SpanRow("Asked", 0.0, 0.0),
            charts.SpanRow("Event", 1.2, 2.0),
            charts.SpanRow("List", 41.0, 65.0),
            charts.SpanRow("Pass ends", 2830.0, 3600.0),
        ],
    }


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component; `?theme=dark|light`, `?dir=rtl` and `?body=read` change how the page is drawn."""
    theme = request.GET.get("theme", "")
    return render(
        request,
        "gallery/gallery.html",
        {
            "parts": PARTS,
            "states": _STATES,
            "shapes": [(title, [term.code for term in look.terms_of(family)]) for title, family in _SHAPES],
            "theme": theme if theme in ("light", "dark") else "",
            "rtl": request.GET.get("dir") == "rtl",
            "body": "read" if request.GET.get("body") == "read" else "work",
            "form": _sample_form(),
            "short_form": ShortForm(auto_id="short_%s"),
            "reasons": [
                {
                    "word": "Permit",
                    "lead": "Permit.",
                    "text": "Disease research is health research.",
                    "source": "HMB-40",
                },
                {
                    "word": "Review",
                    "lead": "Review.",
                    "text": "The kind of study is not said.",
                    "source": "RS-2",
                },
                {"word": "Deny", "lead": "Deny.", "text": "A company works for profit.", "source": "NPU-1"},
                {
                    "word": "Outstanding",
                    "lead": "Outstanding.",
                    "text": "Ethics approval.",
                    "source": "IRB-1",
                },
            ],
            "shown_terms": ["HMB", "NPU", {"code": "GS", "words": "FI, NO, EU"}, "IRB", "RTN"],
            "grant_columns": [
                {"label": "Grant", "href": "#tables", "sorted": "ascending"},
                {"label": "State"},
                {"label": "Ends"},
                {"label": "People", "numeric": True},
            ],
            "row_columns": [{"label": "Row", "numeric": True}, {"label": "Name"}, {"label": "Reason"}],
            "counts": [("Permit", 1), ("Review", 1), ("Deny", 2)],
            "told": _NIGHT,
            "confirmed": _NIGHT + timedelta(seconds=3),
            "charts": _charts(),
        },
    )
