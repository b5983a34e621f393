"""Files: stored by content, wrapped at rest, read whole and checked, erased on purpose.

A file belongs to nobody by itself. Who may read or erase it, the room says whose row points to it (`access.grants` for the
evidence of an obligation); it stores the file and points to it in one transaction.
"""

import hashlib
import logging
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from governance import keys
from governance.domain.actors import system
from governance.domain.errors import Conflict, Invalid, NotNow, NotThere
from governance.domain.events import Kind, Subject
from governance.files.kinds import kind_of
from governance.models import StoredFile
from governance.record import audit, seals
from governance.record.actors import By

logger = logging.getLogger(__name__)
MOST = 5_000_000
"""Bytes of the largest file; `deploy/nginx/proxy.conf` lets a little more through."""
# What nothing points to so long after it was stored is erased.
UNUSED_FOR = timedelta(days=1)


@transaction.atomic
def store(*, file: "File[bytes]", by: By, now: datetime) -> StoredFile:
    """Keep a content, or find it where it is kept already; locked until the caller has pointed to it.

    Raises `Invalid` for what is too large or of no kind that is taken, `Conflict` for what was erased on purpose.
    """
    if (file.size or 0) > MOST:
        raise Invalid("the file is too large", {"file": _("Give a file of at most 5 MB.")})
    content = file.read(MOST + 1)
    kind = kind_of(content) if len(content) <= MOST else None
    if kind is None:
        raise Invalid(
            "the file is of no kind that is taken", {"file": _("Give a PDF, a PNG or JPEG picture, or plain text.")}
        )
    address = hashlib.sha256(content).hexdigest()
    found = StoredFile.objects.select_for_update(no_key=True).filter(sha256=address).first()
    if found is not None:
        if found.erased_at is not None:
            raise Conflict(_("This very file was erased here on purpose. Give another one."))
        return found
    key = Fernet.generate_key()
    stored = StoredFile.objects.create(
        sha256=address, kind=kind, size=len(content), key=keys.wrap(key), sealed=Fernet(key).encrypt(content),
        stored_at=now,
    )  # fmt: skip
    _record(Kind.FILE_STORED, stored, by, now, type=kind.value, size=stored.size)
    return stored


def read(file: StoredFile) -> bytes:
    """The content of a file. Raises `NotThere` where it was erased, `NotNow` where what is stored is not its content."""
    if file.erased_at is not None:
        raise NotThere("the file was erased")
    try:
        content = Fernet(keys.unwrap(file.key)).decrypt(bytes(file.sealed))
    except InvalidToken:
        content = b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise NotNow("the stored file is not what was given: tell the operator, who runs verify")
    return content


@transaction.atomic
def erase(*, file: StoredFile, because: str, by: By, now: datetime) -> StoredFile:
    """Take a content away for good, with its key; its hash stays. Doing it twice changes nothing.

    `because` is a code for the audit log. Who may do it, the caller has asked.
    """
    found = StoredFile.objects.select_for_update(no_key=True).get(pk=file.pk)
    if found.erased_at is None:
        found.key, found.sealed, found.erased_at = "", b"", now
        found.save(update_fields=["key", "sealed", "erased_at"])
        _record(Kind.FILE_ERASED, found, by, now, because=because)
    return found


def unused() -> QuerySet[StoredFile]:
    """The files to which no row of any table points."""
    found = StoredFile.objects.filter(erased_at__isnull=True)
    return found.filter(**{f"{one.name}__isnull": True for one in StoredFile._meta.related_objects})


def erase_unused(now: datetime) -> int:
    """Erase what nothing points to a day after it was stored; scheduled each day. Returns how many."""
    erased = 0
    for pk in list(unused().filter(stored_at__lt=now - UNUSED_FOR).values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            # Under the lock that storing takes: whoever gives the same content now points to it before, or finds it erased.
            found = StoredFile.objects.select_for_update(no_key=True).get(pk=pk)
            if unused().filter(pk=pk).exists():
                erase(file=found, because="unused", by=system("files"), now=now)
                erased += 1
    return erased


def rewrap() -> int:
    """Wrap the key of every file under the first wrapping key; in the caller's transaction. Returns how many."""
    wrapped = 0
    for file in StoredFile.objects.select_for_update(no_key=True).exclude(key="").defer("sealed"):
        file.key = keys.rewrap(file.key)
        file.save(update_fields=["key"])
        wrapped += 1
    return wrapped


def seal(file: StoredFile) -> str:
    """The hash by which audit events cover a file: its address, kind, size and moments, not how its content is kept."""
    return seals.seal(file, without=["salt", "key", "sealed"], salt=file.salt)


def _record(kind: Kind, file: StoredFile, by: By, now: datetime, **detail: str | int) -> None:
    audit.record(kind, by=by, about=Subject("file", str(file.pk)), now=now, detail={**detail, "seal": seal(file)})
