"""Behind a proxy that ends TLS and says so."""

from config.env import value
from config.settings.base import *  # noqa: F403

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
_TLS = value("TLS", "false") == "true"
SESSION_COOKIE_SECURE = _TLS
CSRF_COOKIE_SECURE = _TLS
SECURE_SSL_REDIRECT = False
# The proxy redirects to https and sends HSTS itself; the HTTP-only variant must not.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"] + ([] if _TLS else ["security.W012", "security.W016"])
