"""What must be in order before web server and worker serve anything."""

from collections.abc import Callable

_checks: list[Callable[[], None]] = []


def before_start(check: Callable[[], None]) -> None:
    """Let `check()` raise `ImproperlyConfigured` where nothing may start. Called in `AppConfig.ready()`."""
    if check not in _checks:
        _checks.append(check)


def check_start() -> None:
    """Run every check; the first that fails says what to do."""
    for check in _checks:
        check()
