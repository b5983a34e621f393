"""Whether stored files are what was given: rows as the audit log covers them, bytes as their hash says. Part of `verify`."""

from collections.abc import Iterator

from governance.domain.errors import NotNow
from governance.domain.events import Kind
from governance.domain.findings import Finding
from governance.files import services as files
from governance.models import StoredFile
from governance.selectors.audit import newest_seal, streamed, subjects_of, trails


def findings() -> Iterator[Finding]:
    """Every file that differs from what the log covers or from its own hash, stands beside the log, or is gone."""
    for rows in streamed(StoredFile.objects.defer("sealed")):
        told = trails("file", [str(file.pk) for file in rows])
        for file in rows:
            if newest_seal(told[str(file.pk)]) != files.seal(file):
                says = "its row is not the one that the audit log covers"
                yield Finding(3, f"file {file.pk}", says)
            elif says := _wrong(file):
                yield Finding(3, f"file {file.pk}", says)
    for names in subjects_of(Kind.FILE_STORED):
        standing = {str(pk) for pk in StoredFile.objects.filter(pk__in=map(int, names)).values_list("pk", flat=True)}
        for name in sorted(set(names) - standing):
            yield Finding(3, f"file {name}", "stands in the audit log and is not there")


def _wrong(file: StoredFile) -> str:
    if file.erased_at is not None:
        return "was erased, and its content is there" if file.sealed else ""
    try:
        files.read(file)
    except NotNow:
        return "its content is not what its hash says, or its key cannot be unwrapped"
    return ""
