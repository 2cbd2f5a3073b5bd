"""For `gunicorn config.wsgi:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('DJANGO_ENV', 'production')}")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
