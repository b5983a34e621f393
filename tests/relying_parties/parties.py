"""The relying parties that sign in against the demo: how each is started, and which of them this machine has not got."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"
APACHE, MODULE = Path("/usr/sbin/apache2"), Path("/usr/lib/apache2/modules/mod_auth_openidc.so")


@dataclass(frozen=True, slots=True)
class WebParty:
    """A site to which people sign in: its program, where they come back, and where it shows what UserInfo says."""

    name: str
    command: tuple[str, ...]
    callback: str
    stands: Callable[[], bool]
    needs: str
    login: str = "/login"
    shows: str = "/me"


def _has_python() -> bool:
    return PYTHON.exists()


def _python(script: str) -> tuple[str, ...]:
    return (str(PYTHON), str(HERE / script))


WEB = (
    WebParty(
        "mozilla-django-oidc",
        _python("mozilla_django_oidc_party.py"),
        "/oidc/callback/",
        _has_python,
        "make parties",
    ),
    WebParty("social-auth-core", _python("social_auth_party.py"), "/complete/oidc/", _has_python, "make parties"),
    WebParty("Authlib", _python("authlib_party.py"), "/callback", _has_python, "make parties"),
    WebParty(
        "openid-client",
        ("node", str(HERE / "openid_client_party.mjs")),
        "/callback",
        lambda: bool(shutil.which("node")) and (HERE / "node_modules" / "openid-client").is_dir(),
        "make parties, with node and npm",
    ),
    WebParty(
        "mod_auth_openidc",
        (sys.executable, str(HERE / "apache_party.py")),
        "/oidc/callback",
        lambda: APACHE.exists() and MODULE.exists(),
        "Debian: apt-get install apache2 libapache2-mod-auth-openidc",
        shows="/oidc/callback?info=json",
    ),
)
AGENT, AGENT_NEEDS = "oidc-agent", "Debian: apt-get install oidc-agent-cli"


def has_agent() -> bool:
    """Whether the agent of command lines is there."""
    return all(shutil.which(name) for name in ("oidc-agent", "oidc-gen", "oidc-token"))


def missing() -> dict[str, str]:
    """The parties that cannot be run here, and what would bring each."""
    found = {party.name: party.needs for party in WEB if not party.stands()}
    return found if has_agent() else {**found, AGENT: AGENT_NEEDS}
