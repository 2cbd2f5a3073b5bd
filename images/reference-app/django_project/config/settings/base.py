"""What all environments have in common."""

import os
from pathlib import Path

from config.env import value, words

BASE_DIR = Path(__file__).resolve().parents[2]
SECRET_KEY = value("SECRET_KEY")
# What the key before this one signed is still taken, so that a new key logs nobody out.
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
DEBUG = False
ALLOWED_HOSTS = words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")

SERVICE = value("SERVICE_NAME", "django")
RELEASE = value("RELEASE", "unreleased")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "documents",
]
MIDDLEWARE = [
    "documents.middleware.Identity",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": f"django.db.backends.{value('DATABASE_ENGINE', 'postgresql')}",
        "NAME": value("DATABASE_NAME"),
        "USER": value("DATABASE_USER"),
        "PASSWORD": value("DATABASE_PASSWORD"),
        "HOST": value("DATABASE_HOST"),
        "PORT": value("DATABASE_PORT", "5432"),
        "CONN_MAX_AGE": int(value("CONN_MAX_AGE", "0")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, "application_name": SERVICE},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = value("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
MEDIA_URL = "/media/"
MEDIA_ROOT = value("MEDIA_ROOT", str(BASE_DIR / "media"))
# Beside the media, so that a large upload is moved and not copied, and needs no memory.
FILE_UPLOAD_TEMP_DIR = value("UPLOAD_FOLDER") or None
FILE_UPLOAD_PERMISSIONS = 0o644
# Names with a hash of the content: old pages find their files during and after a release.
_MEDIA = "documents.storage.BucketStorage" if value("S3_ENDPOINT") else "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": {"BACKEND": _MEDIA},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # As gunicorn's own lines are, each with its level and its logger.
    "formatters": {"json": {"()": "app.logs.JsonFormatter"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
}
