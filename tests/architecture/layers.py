"""Which layer a module belongs to: what writes, what reads, what shows.

Consent and governance have a folder for each layer; what answers no request in `views` has its layer behind the noun
(`question_forms.py`). The rooms of access have files: `services.py`, `selectors.py`, `views.py`,
`pages.py`, `forms.py`, `api.py`, a second one of a layer with its noun in front (`terms_selectors.py`); what is named after
an act (`minting.py`) does it.
"""

from pathlib import Path

LAYERS = ("services", "selectors", "views", "pages", "forms", "api")
ROOMS = (
    "requests", "cases", "grants", "visas", "passports", "hosts", "my_data", "catalogue", "home", "committees", "purposes",
    "verification",
)  # fmt: skip
# Files of rooms that are named after neither an act nor a layer.
NAMED = {
    "benches": "selectors",
    "outcomes": "selectors",
    "sentences": "pages",
    "authentication": "api",
    "parsers": "api",
    "api_urls": "api",
}


def layer(path: Path) -> str:
    """The layer of a module, given from the repository's root; "" for models, kernels, the shell and the demo."""
    app, *inside = path.with_suffix("").parts
    if app != "access":
        folder = next((part for part in inside[:-1] if part in LAYERS), "")
        return next((one for one in LAYERS if folder and inside[-1].endswith(f"_{one}")), folder)
    if inside[0] == "face":
        return "pages"
    if inside[0] not in ROOMS or inside[-1] == "__init__":
        return ""
    name = inside[1]
    if name == "provider":  # what the library asks for, in the library's own layers
        return ""
    return NAMED.get(name) or next((one for one in LAYERS if name.rpartition("_")[2] == one), "services")
