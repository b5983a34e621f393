"""Form versions as the kernel reads them."""

import json
from functools import lru_cache
from typing import Any

from consent.domain.forms import FormText
from consent.domain.reading import parse_form
from consent.domain.translations import with_translation
from consent.models import FormVersion, Programme


def parse_content(content: dict[str, Any]) -> FormText:
    """The form with its translations from `{"form": …, "translations": […]}`; the kernel's Invalid names
    what is wrong.
    """
    form = parse_form(content.get("form"))
    for translation in content.get("translations", ()):
        form = with_translation(form, translation)
    return form


def content_of(form: FormText) -> dict[str, Any]:
    """The content of a form version from a form that was read elsewhere, such as a shipped one."""
    return {
        "form": json.loads(form.document),
        "translations": [json.loads(texts.document) for texts in form.translations],
    }


@lru_cache(maxsize=512)
def frozen_form(pk: int, sha256: str) -> FormText:
    """A published version's form. It never changes, so that one reading of it serves the whole process."""
    return parse_content(FormVersion.objects.get(pk=pk).content)


def form_of(version: FormVersion) -> FormText:
    """The version's form; parsed once for each process where it is published."""
    return frozen_form(version.pk, version.sha256) if version.sha256 else parse_content(version.content)


def published_version(programme: Programme) -> FormVersion | None:
    """The version that participants of a programme are asked now: of its oldest form with one in force."""
    return (
        FormVersion.objects.filter(form__programme=programme, state=FormVersion.State.PUBLISHED)
        .select_related("form__programme")
        .order_by("form_id")
        .first()
    )
