"""Settings: production refuses to start on anything unsafe, and says what to do."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=="
SAFE = {
    "DUOLOGUE_ENV": "production",
    "DUOLOGUE_BASE_URL": "https://duologue.example/",
    "DUOLOGUE_SECRET_KEY": "x7!" + "pWq2_" * 14,
    "DUOLOGUE_KEY_WRAPPING_KEYS": SECRET,
    "DUOLOGUE_VAULT_WRAPPING_KEYS": SECRET,
    "DUOLOGUE_EMAIL_URL": "smtp://mail.example:25",
}


def check(*arguments: str, **changed: str | None) -> tuple[int, str]:
    """Exit status of a command under production settings with some variables changed, and the last line that it said."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {name: value for name, value in (SAFE | changed).items() if value is not None}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stderr or done.stdout).strip().splitlines()[-1]


def test_with_every_secret_given_production_is_clean() -> None:
    status, said = check("check", "--deploy", "--fail-level", "WARNING")

    assert (status, said) == (0, "System check identified no issues (0 silenced).")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DUOLOGUE_SECRET_KEY", None, "DUOLOGUE_SECRET_KEY is not set"),
        ("DUOLOGUE_KEY_WRAPPING_KEYS", None, "DUOLOGUE_KEY_WRAPPING_KEYS is not set"),
        ("DUOLOGUE_VAULT_WRAPPING_KEYS", "", "DUOLOGUE_VAULT_WRAPPING_KEYS is not set"),
        ("DUOLOGUE_BASE_URL", None, "DUOLOGUE_BASE_URL is not set"),
        ("DUOLOGUE_BASE_URL", "https://duologue.example", "end it with a slash"),
        ("DUOLOGUE_BASE_URL", "http://duologue.example/", "production is served over https only"),
        ("DUOLOGUE_DEBUG", "on", "DUOLOGUE_DEBUG is on"),
    ],
)
def test_production_refuses_what_is_unsafe_and_says_what_to_do(variable: str, value: str | None, says: str) -> None:
    status, said = check("check", **{variable: value})

    assert status == 1
    assert "ImproperlyConfigured" in said
    assert says in said


def test_the_demo_never_runs_under_production_settings() -> None:
    assert check("demo") == (1, "CommandError: the demo never runs under production settings")
    assert check("seed_demo") == (1, "CommandError: a demo world is never made under production settings")


def test_cookies_scripts_and_frames_are_held_tight() -> None:
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]

    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
    assert settings.X_FRAME_OPTIONS == "DENY"
    assert not any("unsafe" in source for sources in policy.values() for source in sources)
