"""Every component shows what a person wrote as text, through whichever of its arguments it comes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django_cotton.compiler_regex import CottonCompiler

from governance.face.forms import Form

COMPONENTS = settings.BASE_DIR / "templates" / "components"
WRITTEN = "<b id=x>\"'{{ 70000|add:1234 }}{% now 'Y' %}</b>"
# Arguments that are numbers or times, or words of a table of ours: they refuse anything else aloud.
CHOSEN = {
    *(("age", "limit"), ("age", "used"), ("chart_columns", "limit"), ("chart_steps", "longest")),
    *(("clock", "limit"), ("clock", "used"), ("fact", "word"), ("figure", "word"), ("line", "word")),
    *(("moment", "at"), ("moment", "word"), ("reason", "word"), ("say", "at"), ("state", "word"), ("task", "word")),
}


# What a component cannot do without.
NEEDED = {
    "field": ':field="field"',
    "fields": ':form="form"',
    "errors": ':form="form"',
    "moment": 'word="done"',
    "reason": 'word="Permit"',
    "state": 'word="done"',
    "task": 'word="done"',
}


class Written(Form):
    words = forms.CharField(label=WRITTEN, help_text=WRITTEN, max_length=3)


def arguments() -> Iterator[tuple[str, str]]:
    """Each component with each argument that takes one value, and with one that it does not declare."""
    for path in sorted(COMPONENTS.glob("*.html")):
        [declared] = re.findall(r"<c-vars(.*?)/>", path.read_text(), re.DOTALL) or [""]
        for name in re.findall(r" ([\w-]+)=\"", declared):
            yield path.stem, name
        yield path.stem, "data-further"


def rendered(template: str) -> str:
    compiled = engines["django"].from_string(CottonCompiler().process(template))
    form = Written({"words": WRITTEN})
    return str(compiled.render({"written": WRITTEN, "form": form, "field": form["words"]}))


def shown(component: str, name: str, form: str) -> str | None:
    """What comes out; None where the component refuses the word aloud."""
    tag = component.replace("_", "-")
    argument = f':{name}="written"' if form == "variable" else f'{name}="{{{{ written }}}}"'
    needed = "" if name == "word" else NEEDED.get(component, "")
    try:
        return rendered(f"<c-{tag} {argument} {needed}>{{{{ written }}}}</c-{tag}>")
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


@pytest.mark.parametrize("form", ["variable", "text"])
def test_no_argument_lets_markup_or_template_code_through(form: str) -> None:
    outputs: dict[tuple[str, str], Any] = {
        (component, name): shown(component, name, form) for component, name in arguments()
    }

    refused = {where for where, text in outputs.items() if text is None}
    raw = {where for where, text in outputs.items() if text and "<b id=x" in text}
    ran = {where for where, text in outputs.items() if text and "71234" in text}
    broken_out = {where for where, text in outputs.items() if text and re.search(r'="[^"]*<b id=x>"', text)}
    assert len(outputs) > 150
    assert (raw, ran, broken_out) == (set(), set(), set())
    assert refused == CHOSEN
