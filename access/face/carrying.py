"""Carrying out what a form asks for: whatever a service refuses stands in the form, with what was typed."""

from collections.abc import Callable
from typing import Any

from governance.domain.errors import Conflict, Invalid, TooMany


def carried_out(form: Any, act: Callable[[], object], names: dict[str, str] | None = None) -> bool:
    """Run one service for a form. False: the form holds what is wrong, at the field where it has one.

    `names` maps the service's names of fields to the form's, where they differ.
    """
    if not form.is_valid():
        return False
    try:
        act()
    except Invalid as wrong:
        for name, message in (wrong.fields or {"": wrong.message}).items():
            field = (names or {}).get(name, name)
            form.add_error(field if field in form.fields else None, message)
    except (Conflict, TooMany) as refused:
        form.add_error(None, refused.message)
    else:
        return True
    return False
