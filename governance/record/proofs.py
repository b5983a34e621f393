"""Reading the sealed record: checkpoints, proofs, hashes and entries. Nothing of what an event says is in the first three."""

from dataclasses import dataclass
from typing import Any

from governance import keys
from governance.domain.errors import Invalid, NotThere
from governance.models import AuditEvent, Checkpoint, Leaf, SigningKey
from governance.record import leaves, merkle
from governance.record.notes import PLAIN, TIMED, Key
from governance.record.sealer import origin
from governance.record.tree import Tree

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A leaf, and the path that proves it under the root of the checkpoint."""

    index: int
    size: int
    leaf: bytes
    path: list[bytes]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Consistency:
    """The path that proves that the second size continues the first."""

    first: int
    second: int
    path: list[bytes]


def newest() -> Checkpoint:
    """The checkpoint that was signed last; `NotThere` before the first."""
    point = Checkpoint.objects.first()
    if point is None:
        raise NotThere("nothing is sealed yet: the worker signs the first checkpoint within ten seconds")
    return point


def public_keys() -> list[tuple[SigningKey, Key, Key]]:
    """Every key that ever signed the log, newest first, each as the two keys that its two signatures name."""
    rows = SigningKey.objects.filter(use=SigningKey.Use.LOG, activated_at__isnull=False).order_by("-activated_at")
    return [(row, *keys_of(row)) for row in rows]


def keys_of(row: SigningKey) -> tuple[Key, Key]:
    """The public half of a key of the log, for its plain and for its timed signatures."""
    public = keys.log_public(row)
    return Key(origin(), public, PLAIN), Key(origin(), public, TIMED)


def inclusion(*, index: int | None = None, event: str = "", size: int | None = None) -> Inclusion:
    """The proof of a leaf, by its place or by the uuid of its event, in the tree of a size (the newest one's)."""
    leaf = _leaf(index, event)
    point = _point(size)
    if leaf.index >= point.size:
        raise Invalid("the leaf is younger than this checkpoint", {"size": f"ask from {leaf.index + 1} on"})
    path = merkle.inclusion(leaf.index, point.size, Tree().read)
    return Inclusion(leaf.index, point.size, bytes(leaf.hash), path, point.note)


def consistency(first: int, second: int) -> Consistency:
    """The proof that the log of one size continues that of another; any two sizes up to the newest checkpoint's."""
    most = newest().size
    if not 0 < first <= second <= most:
        raise Invalid("no such sizes", {"first": "at least 1", "second": f"from first on, at most {most}"})
    return Consistency(first, second, merkle.consistency(first, second, Tree().read))


def hashes(start: int, count: int) -> list[bytes]:
    """The hashes of leaves from a place on: whoever has them all makes every root anew."""
    end = min(start + min(count, AT_ONCE), newest().size)
    found = Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
    return [bytes(one) for one in found.values_list("hash", flat=True)]


def entries(start: int, count: int) -> list[dict[str, Any]]:
    """The events themselves from a place on, as they were hashed. For whoever may read the audit log."""
    end = min(start + min(count, AT_ONCE), newest().size)
    found = list(
        Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index").values("index", "event_id", "version")
    )
    rows = AuditEvent.objects.filter(pk__in=[leaf["event_id"] for leaf in found]).values(*leaves.COLUMNS)
    by_id = {row["id"]: row for row in rows}
    return [
        {"index": leaf["index"], "entry": leaves.content(leaf["version"], by_id[leaf["event_id"]])}
        for leaf in found
        if leaf["event_id"] in by_id
    ]


def _leaf(index: int | None, event: str) -> Leaf:
    if event:
        found = Leaf.objects.filter(event__uuid=event)
    else:
        found = Leaf.objects.none() if index is None else Leaf.objects.filter(index=index)
    leaf = found.only("index", "hash").first()
    if leaf is None:
        raise NotThere("the log has no such leaf, or not yet: an event is sealed within ten seconds")
    return leaf


def _point(size: int | None) -> Checkpoint:
    if size is None:
        return newest()
    point = Checkpoint.objects.filter(size=size).first()
    if point is None:
        raise NotThere(f"no checkpoint was signed over {size} leaves")
    return point
