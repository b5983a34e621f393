"""Template tags and filters of the product's look; loaded in every template (see TEMPLATES in the settings).

Pages use the components of templates/components; the tags here serve those components. The filters are for
every page: numbers, days and moments are written by them alone, so that a number and its rounding look the
same everywhere.
"""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from governance.face import charts, look
from governance.face.countries import country_name
from governance.face.time_zones import zone_words

register = template.Library()
SMALLEST_COUNT = 10
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


# --- Marks, states, terms -----------------------------------------------------------------------------------
@register.simple_tag
def sprite(name: str) -> str:
    """The address of a mark in the sprite: "yes" is the mark i-yes, "d-hmb" a term's pictogram, "mark" the
    name mark.
    """
    symbol = name if name == "mark" or name.startswith(("d-", "i-")) else f"i-{name}"
    return f"{static('duologue/sprite.svg')}#{symbol}"


@register.simple_tag
def icon(name: str, size: str = "", colour: str = "", flip: bool = False) -> SafeString:
    """A mark beside its word; hidden from screen readers, because the word says it."""
    classes = " ".join(filter(None, ("i", f"i--{size}" if size else "", colour, "flip" if flip else "")))
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, sprite(name))


@register.simple_tag
def state_look(word: object = "", colour: str = "", mark: str = "") -> look.StateLook:
    """The look of a state; `colour` and `mark` together stand in for a word that is not in the table."""
    if colour and mark:
        return look.StateLook(str(word), colour, mark)
    found = look.state_look(word)
    return look.StateLook(found.word, colour or found.colour, mark or found.mark)


@register.simple_tag
def term_look(code: object) -> look.TermLook:
    """The look of a data-use term, by shorthand, DUO id or local name."""
    return look.term_look(code)


# --- Attributes and ids -------------------------------------------------------------------------------------
@register.filter
def attributes(attrs: Any) -> SafeString:
    """A component's further attributes (hx-…, data-…, name, value), each value escaped."""
    given: Mapping[str, Any] = attrs.attrs_dict()
    return flatatt({key: value for key, value in given.items() if key != "attrs"})


@register.simple_tag
def anchor(name: str = "", *words: object) -> str:
    """`name`, or an id made from the words that it labels; the same words give the same id."""
    return name or "h" + blake2b("".join(map(str, words)).encode(), digest_size=4).hexdigest()


# --- Numbers and days ---------------------------------------------------------------------------------------
def _digits(text: str) -> str:
    return text.translate(_ARABIC_DIGITS) if (get_language() or "").startswith("ar") else text


@register.filter
def number(value: Any) -> str:
    """A number with the reader's separators and digits: 4,310."""
    if value is None or value == "":
        return ""
    return _digits(formats.number_format(value, use_l10n=True, force_grouping=True))


@register.filter
def year(value: int) -> str:
    """A year in the reader's digits, without a separator: 2026."""
    return _digits(str(value))


@register.filter
def rounded(value: int | None) -> str:
    """A count of people as outsiders may see it: rounded down to tens, "fewer than 10" below that."""
    if value is None:
        return ""
    if value < SMALLEST_COUNT:
        return gettext("fewer than %(n)s") % {"n": number(SMALLEST_COUNT)}
    return number(value - value % SMALLEST_COUNT)


def _as_date(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """A day in words: 4 April 2025."""
    # Django's "en" writes days as the United States do; the product's English is British.
    written = "j F Y" if (get_language() or "en").startswith("en") else "DATE_FORMAT"
    return _digits(formats.date_format(_as_date(value), written)) if value else ""


@register.filter
def short_day(value: date | datetime | None) -> str:
    """A day where there is little room: 31 Dec 2026."""
    return _digits(formats.date_format(_as_date(value), "j M Y")) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """A day and time with the zone that they are told in: 18 November 2026, 09:12 UTC."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return gettext("%(day)s, %(time)s") % {"day": day(local), "time": _in_zone(local, "%H:%M")}


def _in_zone(local: datetime, written: str) -> str:
    """The time with its zone, which nobody can see from the time alone: 09:12 UTC, 11:12 Helsinki time."""
    time = _digits(local.strftime(written))
    if timezone.is_naive(local):
        return time
    return gettext("%(time)s %(zone)s") % {"time": time, "zone": zone_words(local)}


@register.filter
def clock_time(value: datetime | None) -> str:
    """The time of a day to the second, with its zone: 09:12:04 UTC."""
    if not value:
        return ""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return _in_zone(local, "%H:%M:%S")


@register.filter
def iso(value: date | datetime | None) -> str:
    """A day or moment for machines, as `datetime` of a time element."""
    return value.isoformat() if value else ""


@register.filter
def lasted(seconds: float | None) -> str:
    """A length of time in one unit: 4 seconds, 47 minutes, 3 hours, 12 days."""
    if seconds is None:
        return ""
    if seconds < 90:
        return ngettext("%(n)s second", "%(n)s seconds", round(seconds)) % {"n": number(round(seconds))}
    if seconds < 5400:
        return ngettext("%(n)s minute", "%(n)s minutes", round(seconds / 60)) % {"n": number(round(seconds / 60))}
    if seconds < 172800:
        return ngettext("%(n)s hour", "%(n)s hours", round(seconds / 3600)) % {"n": number(round(seconds / 3600))}
    return ngettext("%(n)s day", "%(n)s days", round(seconds / 86400)) % {"n": number(round(seconds / 86400))}


# --- Forms --------------------------------------------------------------------------------------------------
@register.filter
def field_kind(field: BoundField) -> str:
    """How a field is laid out: "choices" (radios, several checkboxes), "tick" (one checkbox), "hidden" or "control"."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, CheckboxInput):
        return "tick"
    return "choices" if isinstance(widget, RadioSelect | CheckboxSelectMultiple) else "control"


@register.simple_tag
def control(field: BoundField, short: Any = "", describedby: str = "") -> SafeString:
    """The field's own control, with the look's class; hint and error are named by `aria-describedby`."""
    widget = field.field.widget
    attrs: dict[str, Any] = {}
    if not isinstance(widget, CheckboxInput):
        little = short or getattr(widget, "input_type", "") in ("date", "number", "time")
        attrs["class"] = f"{widget.attrs.get('class', '')} input{' input--short' if little else ''}".strip()
    if isinstance(widget, Textarea) and widget.attrs.get("rows") == "10":  # Django's default, too tall for a page
        attrs["rows"] = 4
    if describedby and not isinstance(widget, Select | CheckboxInput) and not widget.attrs.get("aria-describedby"):
        attrs["aria-describedby"] = " ".join(filter(None, (field.aria_describedby, describedby)))
    return field.as_widget(attrs=attrs)


@register.filter
def first_id(field: BoundField) -> str:
    """The id of the control that a link to this field should reach."""
    return f"{field.auto_id}_0" if field_kind(field) == "choices" else str(field.id_for_label or field.auto_id)


@register.simple_tag
def mends(form: Any) -> str:
    """The error summary's title: how many things are to be mended."""
    count = sum(map(len, form.errors.values()))
    return ngettext("One thing to mend", "%(n)s things to mend", count) % {"n": number(count)}


# --- Charts: the geometry is counted in governance.face.charts ---------------------------------------------------
@register.simple_tag
def stacked_bars(rows: Any, series: Any) -> charts.StackedBars:
    """Geometry of horizontal bars, each split into the series."""
    return charts.stacked_bars(rows, series)


@register.simple_tag
def columns(values: Any, limit: int | str | None = None) -> charts.Columns:
    """Geometry of upright columns; those from index `limit` on are over time."""
    return charts.columns(values, int(limit) if limit not in ("", None) else None)


@register.filter
def figures(drawing: charts.StackedBars | charts.Columns | charts.Spans) -> str:
    """What a chart draws, in words: each part and its figure."""
    if isinstance(drawing, charts.Columns):
        parts = [(column.label, number(column.value)) for column in drawing.columns]
    elif isinstance(drawing, charts.Spans):
        parts = [(span.row.label, lasted(span.row.took)) for span in drawing.spans]
    else:
        parts = [(words, number(total)) for words, _fill, total in drawing.key]
    return ", ".join(f"{words} {figure}" for words, figure in parts)


@register.simple_tag
def steps(lines: Any, longest: Any) -> charts.Steps:
    """Geometry of falling step lines, such as the share of cases still open."""
    return charts.steps(lines, float(longest))


@register.simple_tag
def spans(rows: Any) -> charts.Spans:
    """Geometry of lengths of time on a logarithmic scale: what happened, and what was promised."""
    return charts.spans(rows)


@register.filter
def plain(value: float) -> str:
    """A coordinate, never localised: SVG knows the point only."""
    return f"{float(value):g}"


@register.filter
def plus(value: float, by: float) -> str:
    """A coordinate moved by `by`."""
    return plain(float(value) + float(by))


@register.simple_tag
def ring(used: float, limit: float) -> charts.Ring:
    """Geometry of the working-day clock."""
    return charts.ring(float(used), float(limit))


@register.simple_tag
def age_bar(used: float, limit: float) -> charts.AgeBar:
    """Geometry of the small bar that shows a case's age against its limit."""
    return charts.age_bar(float(used), float(limit))


@register.simple_tag
def age_words(used: Any, limit: Any) -> str:
    """A case's age against its limit in words: 6 of 10 days; 13 days, 3 over."""
    age, allowed = int(used), int(limit)
    if age <= allowed:
        return gettext("%(age)s of %(limit)s days") % {"age": number(age), "limit": number(allowed)}
    return ngettext("%(age)s day, %(over)s over", "%(age)s days, %(over)s over", age) % {
        "age": number(age),
        "over": number(age - allowed),
    }


@register.filter
def country(code: str) -> str:
    """A country's or region's name in the reader's language."""
    return country_name(code)
