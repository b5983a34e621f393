"""`python -m governance.record.check`: the sealed record checked by somebody else, without its database. PURE.

Needs Python and `cryptography`. Whom to believe is in the key file: one line for each key of the log, and of each witness, as
their owners gave it (`NAME+ID+KEY`). Everything else may come from anywhere, from files or by http. Exit status 0: it holds;
1: it does not; 2: it cannot be read.
"""

import argparse
import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from governance.record import leaves, merkle, notes
from governance.record.notes import CheckpointNote, Key, NotANote

SECONDS = 30
LONGEST = 10_000_000


class Unread(Exception):
    """Something that is to be checked cannot be read. Says what."""


class Fails(Exception):
    """What was to be shown does not hold. Says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name; says on standard output what holds, on standard error what does not."""
    options = _parser().parse_args(arguments)
    try:
        for line in options.run(options, _keys(options.key)):
            print(line)  # noqa: T201  a command speaks on standard output
    except (Fails, NotANote) as error:
        print(f"does not hold: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except Unread as error:
        print(f"cannot be read: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


# --- What there is to check -------------------------------------------------------------------------------------------
def _checkpoint(options: argparse.Namespace, keys: list[Key]) -> Iterator[str]:
    """Every note of a file: who signed it."""
    kept = notes.notes_in(_read(options.note))
    if not kept:
        raise Unread(f"{options.note} holds no checkpoint")
    for note in kept:
        opened = notes.open_note(note, keys)
        names = ", ".join(sorted({key.name for key in opened.signed}))
        yield f"{_said(opened.checkpoint)}: signed by {names}"


def _inclusion(options: argparse.Namespace, keys: list[Key]) -> Iterator[str]:
    """An event, or a leaf by its hash, under the root of a signed checkpoint."""
    proof = _json(options.proof)
    try:
        index, note, path = int(proof["index"]), str(proof["checkpoint"]), _hashes(proof["path"])
        leaf = _hashes([proof["leaf"]])[0]
    except (KeyError, TypeError, ValueError) as error:
        raise Unread(f"{options.proof} is no proof of inclusion: {error!r}") from None
    point = notes.open_note(note, keys).checkpoint
    about = f"leaf {index}"
    if options.entry:
        entry = _json(options.entry)
        leaf = merkle.leaf_hash(leaves.encoded(entry.get("entry", entry)))
        about = f"the event, as leaf {index},"
    if not merkle.includes(leaf, index, point.size, path, point.root):
        raise Fails(f"{about} is not in {_said(point)}")
    yield f"{about} is in {_said(point)}"


def _consistency(options: argparse.Namespace, keys: list[Key]) -> Iterator[str]:
    """That one signed checkpoint continues another."""
    old, new = (notes.open_note(_read(where), keys).checkpoint for where in (options.old, options.new))
    yield _continued(old, new, _json(options.proof))


def _watch(options: argparse.Namespace, keys: list[Key]) -> Iterator[str]:
    """The newest checkpoint of a running log continues the newest that was kept; it is kept from now on."""
    note = _read(_address(options.url, "checkpoint"))
    new = notes.open_note(note, keys).checkpoint
    file = Path(options.witness)
    kept = [notes.open_note(one, keys).checkpoint for one in notes.notes_in(_read(file))] if file.exists() else []
    old = max(kept, key=lambda point: point.size, default=None)
    if old is not None:
        proof: Any = {"path": []}
        if 0 < old.size < new.size:
            proof = _json(_address(options.url, "proof/consistency", first=old.size, second=new.size))
        yield _continued(old, new, proof)
    if old is None or old.size < new.size:
        with file.open("a", encoding="utf-8") as kept_file:
            kept_file.write(f"{note}\n")
        yield f"kept: {_said(new)}"


def _continued(old: CheckpointNote, new: CheckpointNote, proof: Any) -> str:
    if old.origin != new.origin:
        raise Fails(f"{new.origin} is another log than {old.origin}")
    if new.size < old.size:
        raise Fails(f"{_said(new)} is behind {_said(old)}: the log was put back")
    try:
        path = _hashes(proof["path"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unread(f"this is no proof of consistency: {error!r}") from None
    if not merkle.continues(old.size, new.size, path, old.root, new.root):
        raise Fails(f"{_said(new)} does not continue {_said(old)}: the log was rewritten")
    return f"{_said(new)} continues {_said(old)}"


def _said(point: CheckpointNote) -> str:
    return f"{point.origin} of {point.size} leaves, root {base64.b64encode(point.root).decode()}"


# --- Reading ----------------------------------------------------------------------------------------------------------
def _keys(file: str) -> list[Key]:
    lines = [line.strip() for line in _read(file).splitlines()]
    try:
        keys = [Key.parse(line) for line in lines if line and not line.startswith("#")]
    except NotANote as error:
        raise Unread(str(error)) from None
    if not keys:
        raise Unread(f"{file} names no key")
    return keys


def _address(base: str, what: str, **asked: int) -> str:
    return urljoin(base if base.endswith("/") else f"{base}/", f"api/v1/log/{what}") + (
        f"?{urlencode(asked)}" if asked else ""
    )


def _read(where: str | Path) -> str:
    try:
        if isinstance(where, str) and urlsplit(where).scheme in ("http", "https"):
            with urllib.request.urlopen(where, timeout=SECONDS) as answer:  # noqa: S310  the scheme was looked at
                return str(answer.read(LONGEST).decode())
        return Path(where).read_text(encoding="utf-8")
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise Unread(f"{where}: {error}") from None


def _json(where: str) -> Any:
    try:
        return json.loads(_read(where))
    except ValueError:
        raise Unread(f"{where} is no JSON") from None


def _hashes(encoded: Sequence[str]) -> list[bytes]:
    hashes = [base64.b64decode(one, validate=True) for one in encoded]
    if any(len(one) != 32 for one in hashes):
        raise ValueError("a hash has 32 bytes")
    return hashes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m governance.record.check", description="checks a sealed record")
    commands = parser.add_subparsers(required=True)
    for name, run, places in (
        ("checkpoint", _checkpoint, {"note": "file or address of signed checkpoints"}),
        ("inclusion", _inclusion, {"proof": "file or address of a proof of inclusion"}),
        ("consistency", _consistency, {"old": "earlier checkpoint", "new": "later one", "proof": "their proof"}),
        ("watch", _watch, {"url": "address of the platform"}),
    ):
        command = commands.add_parser(name, help=(run.__doc__ or "").strip())
        command.set_defaults(run=run)
        for place, told in places.items():
            command.add_argument(place, help=told)
        command.add_argument("--key", required=True, help="file with a line for each key that counts")
        if name == "inclusion":
            command.add_argument("--entry", help="file with the event itself: its hash is made anew")
        if name == "watch":
            command.add_argument("--witness", required=True, help="file in which checkpoints are kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
