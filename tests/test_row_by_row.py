"""The watch over requests sees relations that are loaded row by row, and lets those pass that are loaded at once."""

import pytest
from zeal import zeal_context
from zeal.errors import NPlusOneError

from access.models import Vote
from tests.access.builders import voted, world

pytestmark = pytest.mark.django_db


def test_each_voters_account_asked_for_by_itself_fails():
    voted(world(), "approve", "approve", "approve")

    with zeal_context(), pytest.raises(NPlusOneError, match="Vote"):
        assert [vote.voter.name for vote in Vote.objects.all()]


def test_all_at_once_pass():
    voted(world(), "approve", "approve", "approve")

    with zeal_context():
        assert len([vote.voter.name for vote in Vote.objects.select_related("voter")]) == 3
