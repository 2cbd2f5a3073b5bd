"""`manage.py check --deploy`: whether the environment is one to be released into."""

import os

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def environment(app_configs, **_kwargs):
    problems = []

    def must(holds: bool, number: int, rule: str) -> None:
        if not holds:
            problems.append(Error(rule, id=f"environment.E{number:03d}"))

    must(not settings.DEBUG, 1, "DEBUG: must be off")
    must(len(settings.SECRET_KEY) >= 50, 2, f"SECRET_KEY: must have 50 characters or more, got {len(settings.SECRET_KEY)}")
    must(bool(settings.ALLOWED_HOSTS), 3, "ALLOWED_HOSTS: must name a host, got nothing")
    must("*" not in settings.ALLOWED_HOSTS, 4, 'ALLOWED_HOSTS: must name hosts, got "*"')
    must(os.environ.get("DJANGO_ENV") == "production", 5, f'DJANGO_ENV: must be "production", got "{os.environ.get("DJANGO_ENV", "")}"')
    database = settings.DATABASES["default"]
    # A server at a socket may know who asks without one.
    at_socket = database["HOST"].startswith("/")
    for number, name in enumerate(("NAME", "USER", "PASSWORD", "HOST"), 6):
        must(bool(database[name]) or (at_socket and name == "PASSWORD"), number, f"DATABASE_{name}: must be set, got nothing")
    for number, (name, folder) in enumerate((("STATIC_ROOT", settings.STATIC_ROOT), ("MEDIA_ROOT", settings.MEDIA_ROOT)), 10):
        must(os.access(folder, os.W_OK), number, f'{name}: must be a folder that can be written, got "{folder}"')
    return problems
