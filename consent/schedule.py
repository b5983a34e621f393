"""What the participant's side does again and again, and its kinds of long work: one table each, read at start."""

from consent.services import counts, membership_jobs, mending
from governance.alarms import watch
from governance.record import jobs
from governance.record.worker import every


def connect() -> None:
    """Join the schedule. Verifying the whole ledger is long work: operators run `manage.py verify` each night."""
    every(60, "fold counts of profiles", lambda now: counts.fold_deltas())
    every(300, "read again ledgers that were not whole", mending.read_again)
    watch("ledgers_not_whole", lambda: len(mending.not_whole()))
    jobs.register(membership_jobs.KIND)
