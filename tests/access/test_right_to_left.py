"""In Arabic, what people wrote keeps its own direction, figures have one set of digits, and bars grow as one reads."""

import re

import pytest
from django.utils import translation

from access.cases import services as cases
from tests.access import builders
from tests.access.builders import NOW
from tests.access.cohorts import members
from tests.accounts import signed_in
from tests.consent import builders as consent
from tests.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]
# Numbers of cases, datasets, rules and terms are names: they keep the digits that they were given.
_NAMES = re.compile(r"[A-Z][A-Z-]+-?[0-9][0-9A-Z-]*|[A-Z]+:[0-9]+|ROR \w+")


def _text(page: str) -> str:
    body = page[page.index("<main") : page.index("</main>")]
    return _NAMES.sub(" ", re.sub(r"<[^>]+>", " ", body))


def test_the_pages_of_a_case_keep_directions_and_digits_apart() -> None:
    world = builders.world({"permission": "HMB", "modifiers": [{"term": "TS", "months": 24}]})
    members(consent.world("biobank"), world.dataset, consent.EVERYTHING, consent.HEALTH, None)
    line = builders.voted(world, "approve")
    cases.write_to_applicant(case=line.case, text="Why now?", by=world.chair, now=NOW)
    client = signed_in(world.chair)
    client.cookies["django_language"] = "ar"

    # A page leaves its reader's language behind in the thread.
    with translation.override("en"):
        case = flat(client.get(f"/cases/{line.case.number}").content.decode())
        queue = flat(client.get("/queue/").content.decode())

    assert [re.findall(r"[0-9]+", _text(page)) for page in (case, queue)] == [[], []]
    assert re.search(r'<div dir="auto">\s*Why now\?', case)
    assert '<p dir="auto">We look for causes of heart failure in families.</p>' in case
    assert "<bdi>Inherited heart failure</bdi>" in queue
    assert '<svg class="bars"' in case
    assert '<svg class="flip"' in queue
    # Where it is too long for a phone, a name loses its end, not its beginning.
    assert f'<a class="hide-s" dir="auto" href="/accounts/2fa/">{world.chair.shown_name}</a>' in queue
