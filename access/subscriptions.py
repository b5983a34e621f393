"""What the access side does when something below it changes, and what it does again and again; read at start."""

from access import notices
from access.grants import evaluation
from access.grants import obligation_services as obligations
from access.grants import services as grants
from access.grants.selectors import set_aside
from access.passports import client_services as clients
from access.passports import ends as passport_ends
from access.requests import collaborator_services as collaborators
from access.visas import revocation
from consent.services.sealer import seal_all
from governance.alarms import watch
from governance.domain.actors import system
from governance.record.outbox import Queue, subscribe
from governance.record.worker import every
from governance.services import keys


def connect() -> None:
    """Subscribe to outbox kinds and join the schedule."""
    for kind, handler in evaluation.HANDLERS.items():
        subscribe(kind, handler, name="judging", about=evaluation.ABOUT.get(kind, ""), queue=Queue.JUDGEMENTS)
    for kind, handler in revocation.HANDLERS.items():
        subscribe(kind, handler, name="revoking")
    for kind, handler in passport_ends.HANDLERS.items():
        subscribe(kind, handler, name="ending passports")
    for kind, handler in collaborators.HANDLERS.items():
        subscribe(kind, handler, name="asking", queue=Queue.MAIL)
    notices.connect()
    watch("grants_unjudged", lambda: set_aside().count())
    every(60, "end grants whose time is over", grants.expire)
    every(2, "number changes of members", lambda now: seal_all())
    every(10, "judge grants that are behind", evaluation.sweep)
    every(300, "judge again what was set aside", evaluation.judge_set_aside_again)
    every(60, "tell of hosts that are late", notices.tell_of_late_hosts)
    every(3600, "follow ethics approvals that end", evaluation.follow_ethics)
    every(3600, "rotate signing keys", lambda now: keys.rotate_due(by=system("clock"), now=now))
    every(3600, "follow days of obligations", obligations.follow_days)
    every(24 * 3600, "delete ended tokens", clients.clear_expired)
