"""`docs/states.md`, written from the tables: `python -m access.domain.states_text > docs/states.md`."""

import sys

from access.domain.states import DOES, MACHINES, Machine, Party

_OPENING = """# States

Written from the tables in `access/domain/states.py` by `python -m access.domain.states_text >
docs/states.md`; a test says when it is not current. A state changes only through its table. Somebody who is
the applicant of a request, or works on it, is never one of its judges, whatever seat they hold; a recused
member is none either.
"""


def text() -> str:
    """The whole page, in Markdown."""
    who = [f"| {party.value} | {DOES[party]} |" for party in Party]
    parts = [_OPENING, "## Who acts\n", "| party | |", "|---|---|", *who, ""]
    for machine in MACHINES:
        parts += _section(machine)
    return "\n".join(parts)


def _section(machine: Machine) -> list[str]:
    lines = [
        f"## {machine.name.capitalize()}",
        "",
        f"Begins as **{_words(machine.initial)}**.",
        "",
        "| state | action | who | next | needs |",
        "|---|---|---|---|---|",
    ]
    for row in machine.transitions:
        who = ", ".join(party.value for party in Party if party in row.who)
        needs = "; ".join(need.value for need in row.needs) or "nothing more"
        lines.append(f"| {_words(row.state)} | {row.action} | {who} | {_words(row.next)} | {needs} |")
    final = [state for state in machine.states if all(row.state != state for row in machine.transitions)]
    return [*lines, "", f"Nothing follows {', '.join(map(_words, final))}.", ""]


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(text())
