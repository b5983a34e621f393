"""Which affiliations stand: begun, not ended, and not run out."""

from datetime import datetime

from django.db.models import Q, QuerySet

from governance.models import Affiliation


def current_affiliations(now: datetime) -> QuerySet[Affiliation]:
    """The affiliations that stand at a moment: what visas, purposes, conflicts of interest and pages rest on."""
    return Affiliation.objects.filter(Q(until__isnull=True) | Q(until__gt=now), since__lte=now, ended_at__isnull=True)
