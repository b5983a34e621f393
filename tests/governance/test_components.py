"""Components: they escape, they fail on unknown words, and the gallery shows each of them."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from governance.face import charts, look
from governance.face.context import Frame, NavEntry, Reader, everybody, links, signed_in
from governance.face.forms import Choice, DayField, Form
from governance.templatetags import duologue
from tests.markup import flat

COMPONENTS = settings.BASE_DIR / "templates" / "components"
SPRITE = settings.BASE_DIR / "governance" / "static" / "duologue" / "sprite.svg"
STYLES = settings.BASE_DIR / "governance" / "static" / "duologue" / "duologue.css"


def rendered(template: str, **context: object) -> str:
    """The template's text without its layout, for comparison."""
    compiled = engines["django"].from_string(CottonCompiler().process(template))
    return flat(compiled.render(context))


def uses(path: Path) -> set[str]:
    """Names of the components that a template uses."""
    return {name.replace("-", "_") for name in re.findall(r"<c-([a-z-]+)", path.read_text())} - {
        "vars",
        "slot",
    }


def test_the_gallery_shows_every_component() -> None:
    gallery = settings.BASE_DIR / "templates" / "gallery" / "gallery.html"

    shown = uses(gallery)

    assert {path.stem for path in COMPONENTS.glob("*.html")} - shown == set()


def test_the_page_on_the_look_names_every_component() -> None:
    documented = (settings.BASE_DIR / "docs" / "look.md").read_text()

    named = {name.replace("-", "_") for name in re.findall(r"`c-([a-z-]+)`", documented)}

    assert named == {path.stem for path in COMPONENTS.glob("*.html")}


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*.html")), ids=lambda path: path.stem)
def test_a_component_declares_every_argument_so_that_no_page_variable_leaks_in(path: Path) -> None:
    source = path.read_text()
    declared = {
        name.replace("-", "_")
        for block in re.findall(r"<c-vars(.*?)/>", source, re.DOTALL)
        for name in re.findall(r":?([\w-]+)=\"", block)
    }
    local = set(re.findall(r"{% for ([\w, ]+) in", source)) | set(re.findall(r" as(?:var)? (\w+) ", source))
    made = {name for group in local for name in re.split(r",\s*", group)} | set(re.findall(r"(\w+)=\w", source))
    given = {"slot", "attrs", "forloop", "LANGUAGE_CODE"}

    used = set(re.findall(r"{{ ([a-z_]+)", source)) | set(re.findall(r"{% (?:if|elif) (?:not )?([a-z_]+)", source))

    assert used - declared - made - given == set()


def test_every_mark_of_the_tables_is_in_the_sprite() -> None:
    symbols = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))

    wanted = {f"i-{state.mark}" for state in look.STATES.values()} | {term.pictogram for term in look.TERMS.values()}

    assert wanted - symbols == set()


def test_every_colour_of_the_tables_is_in_the_stylesheet() -> None:
    classes = set(re.findall(r"\.(yes|ask|no|off|go)\b", STYLES.read_text()))

    assert {state.colour for state in look.STATES.values()} <= classes


@pytest.mark.parametrize("word", ["In review", "in_review", "in-review", "IN REVIEW"])
def test_a_state_is_found_by_its_word_or_by_the_value_of_an_enumeration(word: str) -> None:
    shown = rendered('<c-state :word="word" />', word=word)

    assert shown == (
        '<span class="state ask"><svg class="i" aria-hidden="true">'
        '<use href="/static/duologue/sprite.svg#i-ask"/></svg>'
        "In review</span>"
    )


def test_a_state_that_is_not_in_the_table_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match="state 'Splendid' has no look: add it to STATES"):
        rendered('<c-state word="Splendid" />')


def test_a_participants_no_has_the_colour_of_their_yes() -> None:
    assert look.state_look("No").colour == look.state_look("Yes").colour == "go"


@pytest.mark.parametrize("code", ["HMB", "hmb", "DUO:0000006"])
def test_a_term_is_found_by_shorthand_or_by_its_duo_id(code: str) -> None:
    assert look.term_look(code) is look.TERMS["HMB"]


def test_a_local_term_is_found_with_and_without_its_prefix() -> None:
    assert look.term_look("local:visit-only") is look.term_look("visit-only") is look.TERMS["visit-only"]


def test_an_unknown_term_shows_its_own_name() -> None:
    assert "moon-only" in rendered('<c-term code="moon-only" />')


HOSTILE = "<script>alert(1)</script>\"' onfocus='alert(2)"


@pytest.mark.parametrize(
    "template",
    [
        '<c-line :title="bad" :source="bad" word="Permit">{{ bad }}</c-line>',
        '<c-part :title="bad">{{ bad }}</c-part>',
        '<c-fact :label="bad" :act="bad" href="#" :about="bad">{{ bad }}</c-fact>',
        '<c-fact label="{{ bad }}">x</c-fact>',
        '<c-button :name="bad" :value="bad">{{ bad }}</c-button>',
        '<c-task :label="bad" word="Done" :says="bad" />',
        '<c-term :code="bad" big />',
        '<c-meter value="1" max="2" :label="bad" />',
        '<c-chart-stacked :title="bad" :rows="rows" :series="series" first="x" />',
        '<c-table :columns="columns" :caption="bad" scroll><c-row :title="bad" :under="bad" /></c-table>',
        '<c-cell :column="bad">{{ bad }}</c-cell>',
        '<c-note :title="bad" kind="no">{{ bad }}</c-note>',
    ],
)
def test_hostile_text_comes_out_as_text(template: str) -> None:
    shown = rendered(
        template,
        bad=HOSTILE,
        rows=[charts.BarRow(HOSTILE, (1.0, 2.0))],
        series=(HOSTILE, HOSTILE),
        columns=[{"label": HOSTILE}],
    )

    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert re.findall(r"""["'\s]onfocus='""", shown) == []


def test_a_quoted_value_cannot_add_an_attribute_to_a_button() -> None:
    shown = rendered('<c-button :value="bad">x</c-button>', bad='"a" autofocus onfocus="alert(1)"')

    assert shown == (
        '<button type="submit" class="btn" value="&quot;a&quot; autofocus onfocus=&quot;alert(1)&quot;">x</button>'
    )


class Purpose(Form):
    title = forms.CharField(label="Title", help_text="Participants read it")
    until = DayField(label="Valid until")
    answer = forms.ChoiceField(
        label="May companies?",
        widget=forms.RadioSelect,
        choices=[("y", Choice("Yes", "They may ask")), ("n", "No")],
    )
    promise = forms.BooleanField(label="I promise", required=False)


def test_a_field_names_its_hint_and_its_error() -> None:
    form = Purpose(data={"title": ""})

    shown = rendered('<c-field :field="form.title" />', form=form)

    assert shown == (
        '<div class="field wrong"><label for="id_title">Title</label>'
        '<div class="hint" id="id_title_helptext">Participants read it</div>'
        '<span class="error" id="id_title_error">This field is required.</span>'
        '<input type="text" name="title" class="input" aria-invalid="true" '
        'aria-describedby="id_title_helptext id_title_error" id="id_title"></div>'
    )


def test_radios_are_a_group_with_a_legend_and_no_answer_preselected() -> None:
    shown = rendered('<c-field :field="form.answer" />', form=Purpose())

    assert shown.count("<fieldset") == shown.count("<legend>May companies?</legend>") == 1
    assert shown.count('type="radio"') == 2
    assert "<b>Yes</b><span>They may ask</span>" in shown
    assert "checked" not in shown


def test_the_summary_counts_the_errors_and_leads_to_each_control() -> None:
    shown = rendered('<c-errors :form="form" />', form=Purpose(data={}))

    assert re.findall(r'href="(#[^"]+)"', shown) == ["#id_title", "#id_until", "#id_answer_0"]
    assert "3 things to mend" in shown
    assert "autofocus" in shown


def test_what_a_service_refuses_begins_as_a_sentence_does_on_a_page() -> None:
    form = Purpose(data={})
    form.add_error(None, "somebody else saved this request")

    assert '<strong class="error">Somebody else saved this request</strong>' in rendered(
        '<c-errors :form="form" />', form=form
    )


def test_a_whole_form_renders_with_summary_and_fields() -> None:
    shown = re.sub(r"\s+", " ", str(Purpose(data={"title": "x"})))

    assert shown.count('class="errors"') == 1
    assert shown.count('class="field') == 4


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (0, "fewer than 10"), (9, "fewer than 10"), (10, "10"), (19, "10"), (4317, "4,310")],
)
def test_counts_for_outsiders_are_rounded_down_to_tens(value: int | None, shown: str) -> None:
    assert duologue.rounded(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(1, "1 second"), (4.02, "4 seconds"), (2820, "47 minutes"), (10800, "3 hours"), (777600, "9 days")],
)
def test_a_length_of_time_is_told_in_one_unit(seconds: float, shown: str) -> None:
    assert duologue.lasted(seconds) == shown


def test_days_and_moments_are_written_in_words() -> None:
    moment = datetime(2026, 11, 18, 9, 12, 4, tzinfo=UTC)

    written = (
        duologue.day(date(2025, 4, 4)),
        duologue.moment(moment),
        duologue.clock_time(moment),
        duologue.iso(moment),
    )

    assert written == ("4 April 2025", "18 November 2026, 09:12 UTC", "09:12:04 UTC", "2026-11-18T09:12:04+00:00")


def test_arabic_readers_get_arabic_digits() -> None:
    with translation.override("ar"):
        assert duologue.number(3410).translate({ord(","): None, ord("٬"): None, ord("."): None}) == "٣٤١٠"


def test_navigation_holds_what_the_reader_may_see_and_leaves_out_pages_that_do_not_exist() -> None:
    table = (
        NavEntry("Parts", "gallery", everybody),
        NavEntry("Password", "account_change_password", signed_in),
        NavEntry("Tomorrow", "a_page_of_tomorrow", everybody),
    )

    shown = links(table, Reader(AnonymousUser()), "/gallery/part/")

    assert [(link.label, link.href, link.current) for link in shown] == [("Parts", "/gallery/", True)]


@pytest.mark.parametrize("cookie", ["purple", '"><script>'])
def test_a_theme_that_does_not_exist_is_ignored(cookie: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie

    assert Frame(request).theme == ""


def test_a_chosen_theme_is_kept_and_leads_back_to_the_page() -> None:
    response = Client().post("/theme/", {"theme": "dark", "next": "/gallery/"})

    assert (response.status_code, response["Location"]) == (302, "/gallery/")
    assert (response.cookies["theme"].value, response.cookies["theme"]["httponly"]) == ("dark", True)


def test_a_theme_choice_never_leads_to_another_site() -> None:
    response = Client().post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})

    assert response["Location"] == "/"


def test_stacked_bars_share_one_scale() -> None:
    drawing = charts.stacked_bars([charts.BarRow("a", (10, 10)), charts.BarRow("b", (10, 0))], ("x", "y"))

    widths = [[piece.width for piece in bar.segments] for bar in drawing.bars]

    assert widths == [[159.0, 159.0], [159.0]]
    assert drawing.key == (("x", "solid", 20), ("y", "hatch", 10))


def test_a_clock_over_time_is_a_full_circle() -> None:
    assert charts.ring(13, 10).drawn == charts.ring(10, 10).drawn == charts.ring(10, 10).whole


def test_an_age_is_over_only_after_its_limit() -> None:
    assert [charts.age_bar(days, 10).over for days in (0, 10, 11)] == [False, False, True]
