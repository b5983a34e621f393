"""The sample forms that ship with the project, with their translations.

Files lie in `consent/forms`: `<key>.json` in the form's own language, `<key>.<language>.json` for each
translation; a further language is added by adding a file.
"""

import json
from functools import lru_cache
from pathlib import Path

from consent.domain.forms import FormText
from consent.domain.reading import parse_form
from consent.domain.translations import with_translation

FORMS = Path(__file__).resolve().parents[1] / "forms"


@lru_cache(maxsize=1)
def sample_forms() -> dict[str, FormText]:
    """The shipped forms by key, each with every translation that has a file."""
    return {path.stem: _with_translations(path) for path in sorted(FORMS.glob("*.json")) if "." not in path.stem}


def _with_translations(path: Path) -> FormText:
    form = parse_form(json.loads(path.read_text("utf-8")))
    for translated in sorted(path.parent.glob(f"{path.stem}.*.json")):
        form = with_translation(form, json.loads(translated.read_text("utf-8")))
    return form
