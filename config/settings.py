"""Django settings. Everything that differs between machines comes from the environment: docs/configuration.md."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.environment import (
    BASE_DIR,
    DEVELOPMENT_ENCRYPTION_KEY,
    DEVELOPMENT_SECRET_KEY,
    client_seed,
    env,
    is_development,
    optional,
    optional_number,
    provider_slugs,
    required,
)

DEVELOPMENT = is_development()
# Django's own pages for errors, with code, settings and all addresses. The demo shows the site's instead.
DEBUG = DEVELOPMENT and optional("DEBUG_PAGES", "true").lower() in ("true", "on", "1", "yes")
# What a development site keeps on disk: database, mailbox, logs. A second site beside the first names another folder.
VAR_DIR = Path(optional("VAR_DIR", str(BASE_DIR / "var")))
if DEVELOPMENT:
    VAR_DIR.mkdir(parents=True, exist_ok=True)

SECRET_KEY = required(
    "SECRET_KEY", development=DEVELOPMENT_SECRET_KEY, meaning="it signs sessions and links (50 random characters)."
)
BASE_URL = required(
    "BASE_URL",
    development="http://localhost:8000",
    meaning="the address people use for the site, such as https://calls.example.org; redirect URIs are built from it.",
).rstrip("/")
ALLOWED_HOSTS = [
    host.strip()
    for host in required(
        "ALLOWED_HOSTS",
        development="localhost,127.0.0.1,[::1]",
        meaning="the host names that the site answers to, separated by commas.",
    ).split(",")
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "accounts",
    "telephony",
    *[f"telephony.providers.{slug}" for slug in provider_slugs()],
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "django_tasks",
    "config.apps.TaskQueueConfig",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "csp",
    "config.apps.SwitchboardAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.PrivatePagesMiddleware",
    "config.middleware.PageBudgetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.PersonalLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PersonalSettingsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionActivityMiddleware",
    "config.middleware.WrongMethodMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
                "telephony.views.outages.context",
            ],
            "libraries": {"design": "config.design_tags"},
            "builtins": ["config.addresses"],
        },
    }
]

# --- Storage --------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": env.db_url_config(
        required(
            "DATABASE_URL",
            development=f"sqlite:///{VAR_DIR / 'switchboard.sqlite3'}",
            meaning="the database, such as postgres://user:password@host:5432/switchboard or sqlite:////path/to/file.",
        )
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Write-ahead logging lets pages read while the worker writes; IMMEDIATE avoids the upgrade dead-lock that a
    # deferred transaction runs into (https://docs.djangoproject.com/en/5.2/ref/databases/#sqlite-notes).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # A page of calls dirties some 1500 database pages, so the default of 1000 would copy the log back after each.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000; "
        "PRAGMA wal_autocheckpoint=4000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
# allauth's rate limits need a cache that all processes share, hence never the local-memory one.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

# One or more Fernet keys, newest first: the first encrypts, all decrypt. `manage.py rotate_keys` re-encrypts.
FIELD_ENCRYPTION_KEYS = [
    key.strip()
    for key in required(
        "FIELD_ENCRYPTION_KEYS",
        development=DEVELOPMENT_ENCRYPTION_KEY,
        meaning="the keys that encrypt tokens and client secrets, newest first, separated by commas "
        "(`manage.py generate_key` makes one).",
    ).split(",")
    if key.strip()
]

# Where a token pair waits, encrypted, that the database would not take. Best on another disk than the database.
TOKEN_SPILL_DIR = Path(optional("TOKEN_SPILL_DIR", str(VAR_DIR / "spill")))

# --- Background tasks -----------------------------------------------------------------------------------------------

TASKS_BACKEND = optional("TASKS_BACKEND", "database")
TASK_BACKENDS = {
    "database": "django_tasks_db.DatabaseBackend",
    "redis": "django_tasks_rq.RQBackend",
    "immediate": "django_tasks.backends.immediate.ImmediateBackend",
}
if TASKS_BACKEND not in TASK_BACKENDS:
    raise ImproperlyConfigured(f"TASKS_BACKEND is {TASKS_BACKEND!r}; it must be one of {', '.join(TASK_BACKENDS)}.")
if TASKS_BACKEND == "redis" and not REDIS_URL:
    raise ImproperlyConfigured("The environment variable REDIS_URL is not set although TASKS_BACKEND is redis.")
if TASKS_BACKEND == "redis":
    INSTALLED_APPS.append("django_rq")
    RQ_QUEUES = {"default": {"URL": REDIS_URL}}
TASKS = {"default": {"BACKEND": TASK_BACKENDS[TASKS_BACKEND], "QUEUES": ["default"]}}

# --- People: django-allauth -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "telephony:dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupExtrasForm"
ACCOUNT_FORMS = {
    "login": "accounts.entrance_forms.LoginForm",
    "signup": "accounts.entrance_forms.SignupForm",
    "reset_password": "accounts.entrance_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.entrance_forms.ResetPasswordKeyForm",
    "change_password": "accounts.entrance_forms.ChangePasswordForm",
    "add_email": "accounts.entrance_forms.AddEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Switchboard] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BASE_URL).scheme
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"

SOCIALACCOUNT_ADAPTER = "telephony.views.oauth.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False  # tokens live encrypted in telephony.models.Token and nowhere else
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10

MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT
MFA_TOTP_ISSUER = "Switchboard"
USERSESSIONS_TRACK_ACTIVITY = True
# Whether the admin opens only for staff with an authenticator app or a passkey.
STAFF_SECOND_FACTOR = optional("STAFF_SECOND_FACTOR", "false" if DEVELOPMENT else "true").lower() in (
    "true",
    "on",
    "1",
    "yes",
)

# How many proxies in front may be believed about the client's address (allauth's rate limits key on it).
ALLAUTH_TRUSTED_PROXY_COUNT = optional_number("TRUSTED_PROXY_COUNT", 0)

# Searches of each person, in each process; 0 switches this limit off.
SEARCHES_PER_MINUTE = optional_number("SEARCHES_PER_MINUTE", 300)

# --- Mail -----------------------------------------------------------------------------------------------------------

# In development mails become files that the page /dev/mail/ shows; the site's banner links to it.
MAIL_DIR = VAR_DIR / "mail"
vars().update(
    env.email_url_config(
        required(
            "EMAIL_URL",
            development="filemail://",
            meaning="the mail server, such as smtp+tls://user:password@mail.example.org:587.",
        )
    )
)
if DEVELOPMENT:
    EMAIL_FILE_PATH = MAIL_DIR
DEFAULT_FROM_EMAIL = SERVER_EMAIL = optional("DEFAULT_FROM_EMAIL", f"switchboard@{urlsplit(BASE_URL).hostname}")

# --- Providers ------------------------------------------------------------------------------------------------------

PROVIDER_SEEDS = [seed for slug in provider_slugs() if (seed := client_seed(slug))]
# Hosts (name or name:port) beyond each provider's own that OAuth clients may point at.
PROVIDER_EXTRA_HOSTS = [host.strip() for host in env.str("PROVIDER_EXTRA_HOSTS", default="").split(",") if host.strip()]
# The sandbox runs on this machine; in production loopback is refused unless PROVIDER_EXTRA_HOSTS names it.
PROVIDER_ALLOW_LOOPBACK = DEVELOPMENT
SANDBOX_URL = env.str("SANDBOX_URL", default="http://127.0.0.1:8801" if DEVELOPMENT else "").rstrip("/")

# --- Keeping calls --------------------------------------------------------------------------------------------------

# How many days calls are kept, 0 for as long as their account is linked; and what happens then: delete or anonymise.
RETENTION_DAYS = env.int("RETENTION_DAYS", default=0)
RETENTION_ACTION = env.str("RETENTION_ACTION", default="delete")
if not 0 <= RETENTION_DAYS <= 36_500 or RETENTION_ACTION not in ("delete", "anonymise"):
    raise ImproperlyConfigured(
        f"RETENTION_DAYS is {RETENTION_DAYS} and RETENTION_ACTION {RETENTION_ACTION!r}; "
        "they must be a number of days up to 36500 (0 keeps calls) and one of delete, anonymise."
    )

# Django's message levels in the words of the design system's tones.
MESSAGE_TAGS = {10: "neutral", 20: "info", 25: "ok", 30: "warn", 40: "danger"}
SEED_SANDBOX_CLIENTS = DEVELOPMENT

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "DE"

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "config.storage.StaticFiles"
    },
    # Prepared exports, until they expire. The site hands them out after looking who asks; no web server may serve this folder.
    # Site and worker must see the same one.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("EXPORT_DIR", default=str(VAR_DIR / "exports")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_AUTOREFRESH = DEVELOPMENT
DJANGO_TABLES2_TEMPLATE = "components/table.html"

# --- Security -------------------------------------------------------------------------------------------------------

_HTTPS = BASE_URL.startswith("https://")
if not DEVELOPMENT and not _HTTPS:
    raise ImproperlyConfigured(f"BASE_URL is {BASE_URL!r}; in production it must begin with https://.")
SECURE_SSL_REDIRECT = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 63_072_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "__Host-session" if _HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.views.not_from_you"
LANGUAGE_COOKIE_SECURE = _HTTPS
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

DEFAULT_EXCEPTION_REPORTER = "config.logs.RedactedReporter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "config.logs.RedactSecrets"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": optional("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
