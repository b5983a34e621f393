"""What this installation is."""

from governance.models import Installation


def is_demo_world() -> bool:
    """Whether this database was marked as a demo world when it was made."""
    return Installation.objects.filter(demo=True).exists()
