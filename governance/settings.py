"""Settings of the project, read from the environment.

Without any environment the settings suit a developer's machine: SQLite, no broker, DEBUG on, loopback only. With
`DUOLOGUE_ENV=production` every secret must be given and every unsafe default is refused with a message (see `_required`).
`docs/operators.md` lists all variables.
"""

from logging import DEBUG as DEBUG_LEVEL
from logging import INFO as INFO_LEVEL
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from governance.logging import configure_structlog

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = env.str("DUOLOGUE_ENV", default="development") == "production"
DATA_DIR = Path(env.str("DUOLOGUE_DATA", default=str(BASE_DIR / "var")))


def _required(name: str, default: str) -> str:
    """The variable's value; in production it must be given, elsewhere `default` stands in."""
    value = env.str(name, default="" if PRODUCTION else default)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: production needs it; see docs/operators.md for how to make one")
    return value


# --- Where we are -----------------------------------------------------------------------------------------------------
# One exact string is issuer, base of every permanent URL and first part of every visa value: with the trailing slash.
BASE_URL = _required("DUOLOGUE_BASE_URL", "http://127.0.0.1:8000/")
if not BASE_URL.endswith("/"):
    raise ImproperlyConfigured(f"DUOLOGUE_BASE_URL is {BASE_URL!r}: end it with a slash, it is the issuer string")
if PRODUCTION and not BASE_URL.startswith("https://"):
    raise ImproperlyConfigured(f"DUOLOGUE_BASE_URL is {BASE_URL!r}: production is served over https only")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("DUOLOGUE_ALLOWED_HOSTS", default=[urlsplit(BASE_URL).hostname or "127.0.0.1"])
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [BASE_URL.rstrip("/")]

DEBUG = env.bool("DUOLOGUE_DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DUOLOGUE_DEBUG is on: switch it off in production")

# --- Secrets: one for sessions, one that wraps signing keys, one that wraps the vault's keys --------------------------
SECRET_KEY = _required("DUOLOGUE_SECRET_KEY", "development-only-" + "0" * 48)
KEY_WRAPPING_KEYS = [
    key
    for key in _required("DUOLOGUE_KEY_WRAPPING_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1rZXktd3JhcHBpbmcta2U=").split(",")
    if key
]
VAULT_WRAPPING_KEYS = [
    key
    for key in _required("DUOLOGUE_VAULT_WRAPPING_KEYS", "ZGV2ZWxvcG1lbnQtb25seS12YXVsdC13cmFwcGluZ2s=").split(",")
    if key
]

# --- Applications -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "governance.apps.GovernanceConfig",
    "consent.apps.ConsentConfig",
    "access.apps.AccessConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "csp",
    "django_structlog",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "governance.middleware.OneCopyForAll",
    "governance.middleware.KeepNothingPersonal",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.middleware.DemandSecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
    "governance.middleware.RefuseNul",
    "governance.middleware.AnswerErrors",
    "governance.request_log.RequestLog",
]
ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

_LOADERS = [
    "django_cotton.cotton_loader.Loader",
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", _LOADERS)] if not DEBUG else _LOADERS,
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "governance.face.context.frame",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.templatetags.tz",
                "governance.templatetags.duologue",
            ],
        },
    }
]
COTTON_DIR = "components"

# --- Database: SQLite unless DATABASE_URL names PostgreSQL ------------------------------------------------------------
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'duologue.sqlite3'}")}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- What all web processes share for a while: how often somebody tried. In the database unless a cache is named ---------
CACHES = {"default": env.cache_url_config(env.str("DUOLOGUE_CACHE_URL", "") or "dbcache://shared_cache")}
CACHES["default"].setdefault("OPTIONS", {})["MAX_ENTRIES"] = 10_000

# --- Outbox and worker: a broker is only a wake-up; without one the worker polls --------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
# How often a worker looks for due work by itself, and beside a broker hands over what is due.
OUTBOX_POLL_SECONDS = env.float("DUOLOGUE_POLL_SECONDS", default=1.0)
# Installations that share a broker each need queues of their own: each kind of work has one, whose name begins with this.
CELERY_TASK_DEFAULT_QUEUE = env.str("DUOLOGUE_QUEUE", default="duologue")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Sending a task must never hold up anybody: give up at once, the workers' sweep finds the row.
CELERY_TASK_PUBLISH_RETRY = False
# A broker may be away for as long as it likes: a worker does what is due itself, and goes on asking.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
if CELERY_BROKER_URL.startswith("redis"):
    # kombu's defaults give an unacknowledged task back after an hour; ours after at most five minutes.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
    }

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    # For client secrets only, which are random and made by us; passwords are always hashed by the first.
    "access.passports.provider.hashers.SaltedSha256Hasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# No user name is asked for, since "taken already" would tell who has one: `governance.face.sign_up` makes it.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "governance.face.sign_up.Adapter"
# Without it anybody learns which addresses have an account, and could be invited in another's name.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if PRODUCTION else "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
# How often somebody may try (amount/time/counted by); allauth brings limits of its own for signing in and up. Client secrets
# and device codes cannot be guessed in their time: those limits spare the machine.
RATE_LIMITS = {
    "client_refused": "30/m/ip",
    "passport": "120/m/key",
    "userinfo": "240/m/key",
    "device_begun": "20/m/ip",
    "device_code_wrong": "10/10m/user",
    "purpose_asked": "120/m/user,3000/d/user",
    "export": "10/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Duologue"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# An address as smtp+tls://user:password@host:587; without one mail is written to the log, which production refuses.
EMAIL = env.email_url_config(_required("DUOLOGUE_EMAIL_URL", "consolemail://"))
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = EMAIL.get("EMAIL_HOST") or "localhost", EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_USER") or "", EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = bool(EMAIL.get("EMAIL_USE_TLS")), bool(EMAIL.get("EMAIL_USE_SSL"))
DEFAULT_FROM_EMAIL = env.str("DUOLOGUE_FROM_EMAIL", default="duologue@localhost")
# Whom the public pages name for questions and complaints: a mail address of the organisation that runs this installation.
CONTACT = env.str("DUOLOGUE_CONTACT", default=DEFAULT_FROM_EMAIL)

# --- Strict transport, cookies and content ----------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "governance.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("DUOLOGUE_BEHIND_PROXY", default=False) else None
)
# Whom limits count: the address that the proxy saw, or the one that asks us where there is none.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURE_PROXY_SSL_HEADER else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20

# --- Languages --------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fi", _("Finnish")), ("es", _("Spanish")), ("fr", _("French")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "governance" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- OpenID Provider (django-oauth-toolkit): its defaults are not safe for us, so each that matters is named -----------
OAUTH2_PROVIDER_APPLICATION_MODEL = "access.Client"
OAUTH2_PROVIDER: dict[str, Any] = {
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": BASE_URL,
    "OIDC_USERINFO_ENDPOINT": f"{BASE_URL}userinfo",
    "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
    "OAUTH2_VALIDATOR_CLASS": "access.passports.provider.validator.Validator",
    "OAUTH2_BACKEND_CLASS": "access.passports.provider.server.Backend",
    "OIDC_SERVER_CLASS": "access.passports.provider.server.Server",
    "ACCESS_TOKEN_GENERATOR": "access.passports.tokens.make_access_token",
    "REFRESH_TOKEN_GENERATOR": "access.passports.tokens.make_refresh_token",
    "SCOPES_BACKEND_CLASS": "access.passports.scopes.ClientScopes",
    "SCOPES": {
        "openid": _("Who you are: a number that stands for you here"),
        "profile": _("Your name and your user name"),
        "email": _("Your e-mail address"),
        "ga4gh_passport_v1": _("Your visas: which datasets you may use, where you work, which terms you accepted"),
        "host": _("The feeds of a data host"),
    },
    "DEFAULT_SCOPES": ["openid"],
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "ID_TOKEN_EXPIRE_SECONDS": 300,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 24 * 3600,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"] if HTTPS else ["https", "http"],
    "CLIENT_SECRET_HASHER": "client_sha256",
    "OAUTH_PRE_TOKEN_VALIDATION": [],
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
}

# --- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["access.hosts.parsers.SmallJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Duologue",
    "DESCRIPTION": "Consent, data access decisions and GA4GH visas, joined.",
    "VERSION": "1",
    "SERVE_PUBLIC": True,
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- Logs: structured, and never with personal data (`governance.logging`) --------------------------------------------
configure_structlog()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "governance.logging.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("DUOLOGUE_LOG_LEVEL", default="WARNING")},
    "loggers": {
        "django_structlog": {"level": env.str("DUOLOGUE_REQUEST_LOG_LEVEL", default="INFO")},
        # Its warnings repeat the path of each refused request; its errors come with their exception.
        "django.request": {"level": "ERROR"},
        # Django's own handlers would mail tracebacks with every local variable to administrators.
        "django": {"handlers": [], "level": "NOTSET", "propagate": True},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = DEBUG_LEVEL
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = INFO_LEVEL
SILENCED_SYSTEM_CHECKS: list[str] = []
SECRET_KEY_FALLBACKS: list[str] = []
