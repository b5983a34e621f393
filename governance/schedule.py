"""What the ground does again and again: one table, read at start."""

from django.utils import timezone

from governance.alarms import watch
from governance.files import services as files
from governance.notices import letters, services
from governance.record import deliveries, jobs, sealer
from governance.record.outbox import Queue, subscribe
from governance.record.worker import every


def connect() -> None:
    """Join the schedule and the alarms. A checkpoint is at most ten seconds from the last: this runs twice as often."""
    every(5, "seal the audit log", lambda now: sealer.seal(now=now))
    every(24 * 3600, "look for events without a place in the log", lambda now: sealer.look_again(now=now))
    every(24 * 3600, "delete done deliveries", deliveries.forget_done)
    every(24 * 3600, "delete inputs of old jobs", jobs.forget_inputs)
    every(24 * 3600, "erase files that nothing points to", files.erase_unused)
    every(24 * 3600, "delete letters that could not be sent", letters.forget_old)
    subscribe(letters.SENT, letters.on_letter, name="sending", queue=Queue.MAIL)
    subscribe(services.MAIL, services.on_mail, name="writing", queue=Queue.MAIL)
    watch("record_unsealed", lambda: sealer.waiting(timezone.now()))
