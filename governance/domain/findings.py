"""What `manage.py verify` says of something that should not be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be: which invariant of `docs/invariants.md` it breaks, what it is about, what is wrong."""

    invariant: int
    about: str
    says: str

    def __str__(self) -> str:
        return f"invariant {self.invariant}: {self.about}: {self.says}"
