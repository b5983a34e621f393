"""Forms in the product's look: label, hint, error and control in this order, and a summary of what is to be mended.

Derive a page's forms from `Form`; `{{ form }}` then renders the summary and every field
through the components. Templates that place fields themselves write `<c-errors :form="form" />` and
`<c-field :field="form.title" />`, which work for any Django form.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.template.loader import get_template
from django.utils.translation import gettext_lazy

from governance.face.look import Words


class LookRenderer(DjangoTemplates):
    """Renders forms by templates/forms of the project; widgets stay Django's own."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def get_template(self, template_name: str) -> Any:
        """The project's template for whole forms and fields, Django's own for widgets; the stubs name its engine instead."""
        return (
            get_template(template_name) if template_name.startswith("forms/") else super().get_template(template_name)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice's label with a line of explanation below it: `choices=[("y", Choice(_("Yes"), _("Companies
    may ask.")))]`.
    """

    words: Words
    hint: Words

    def __str__(self) -> str:
        return str(self.words)


class Lines(forms.Textarea):
    """A text of several lines. Browsers count a line break as one character and send it as two: it is one here."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed, each line break one character."""
        return one_break(super().value_from_datadict(data, files, name))


def one_break(text: Any) -> Any:
    """A text with each line break as one character, whatever system it comes from."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class DayInput(forms.DateInput):
    """A day, by the browser's own control; always in ISO form, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day: takes ISO days and what the reader's language writes."""

    widget = DayInput


def offer(form: forms.BaseForm, name: str, choices: Iterable[tuple[str, Words | Choice]]) -> None:
    """Give a form's field the choices of this moment."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField), f"{name} is no choice"
    field.choices = list(choices)


# What a form says where a field has no words of its own: what to do, rather than what the machine found.
_WORDS = {
    "max_length": gettext_lazy("Use at most %(limit_value)s characters."),
    "min_length": gettext_lazy("Use at least %(limit_value)s characters."),
    "max_value": gettext_lazy("Give %(limit_value)s or less."),
    "min_value": gettext_lazy("Give %(limit_value)s or more."),
    "invalid_choice": gettext_lazy("Choose one of those that are offered."),
}


class Form(forms.Form):
    """A form in the product's look. A reader finds its required fields unmarked and the others marked "optional"."""

    default_renderer = LookRenderer
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # Django's own words stand in the class; a field's own, given where it is declared, are kept.
            stock = type(field).default_error_messages
            own = {code for code, words in field.error_messages.items() if words != stock.get(code)}
            field.error_messages |= {code: words for code, words in _WORDS.items() if code not in own}
