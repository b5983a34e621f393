"""Datasets as they are read: where a version stands, and what a visa for it says."""

from django.conf import settings

from governance.models import DatasetVersion


def permanent_url(version: DatasetVersion) -> str:
    """The version's permanent URL: last segment is its accession, no trailing slash."""
    return f"{settings.BASE_URL}datasets/{version.accession}"


def visa_value(version: DatasetVersion) -> str:
    """What a visa for this version says: the id its hosts use, or its permanent URL."""
    return version.visa_value or permanent_url(version)
