"""Terms of use: accepted by their hash, published by chair or secretary."""

import pytest

from access.committees import terms_services as terms
from governance.domain.errors import Conflict, NotAllowed
from tests.access import builders
from tests.access.builders import NOW

pytestmark = pytest.mark.django_db


def test_terms_are_accepted_by_their_hash_and_only_in_the_newest_version() -> None:
    world = builders.world()
    old = world.terms
    new = builders.terms_of(world.committee, "Other words.")

    with pytest.raises(Conflict, match="are not these"):
        terms.accept_terms(terms=new, sha256=old.sha256, by=world.ada, now=NOW)
    with pytest.raises(Conflict, match="read and accept version 2"):
        terms.accept_terms(terms=old, sha256=old.sha256, by=world.ada, now=NOW)
    first = terms.accept_terms(terms=new, sha256=new.sha256, by=world.ada, now=NOW)
    second = terms.accept_terms(terms=new, sha256=new.sha256, by=world.ada, now=NOW)

    assert first == second
    assert (new.number, new.sha256) == (2, terms.digest("Other words."))


def test_only_chair_or_secretary_publish_terms() -> None:
    world = builders.world()
    given = {"committee": world.committee, "slug": "extra", "title": "Extra", "text": "More.", "now": NOW}

    published = terms.publish_terms(by=world.secretary, **given)
    with pytest.raises(NotAllowed):
        terms.publish_terms(by=world.member, **(given | {"text": "Even more."}))

    assert published.number == 1
