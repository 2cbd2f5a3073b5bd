"""Keeps what was handed to us as a secret out of every text that leaves the process."""

from urllib.parse import quote

from app.settings import settings, value


def _known() -> list[str]:
    passwords = [where.password for where in (settings.database, settings.redis) if where and where.password]
    passwords += filter(None, (value("S3_SECRET_KEY"), value("SECRET_KEY")))
    forms = {form for password in passwords for form in (password, quote(password, safe=""))}
    return sorted(forms, key=len, reverse=True)


_SECRETS = _known()


def redact(text: str) -> str:
    for secret in _SECRETS:
        text = text.replace(secret, "***")
    return text
