"""What the participant's side does again and again, and its kinds of long work: one table each, read at start."""

from consent.services import counts, membership_jobs
from governance.record import jobs
from governance.record.worker import every


def connect() -> None:
    """Join the schedule. Verifying the whole ledger is long work: operators run `manage.py verify` each night."""
    every(60, "fold counts of profiles", lambda now: counts.fold_deltas())
    jobs.register(membership_jobs.KIND)
