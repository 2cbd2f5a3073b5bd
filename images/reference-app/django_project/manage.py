#!/usr/bin/env python
"""Django's commands: `python manage.py migrate`, `collectstatic`, `check`, `create_superuser_once`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{os.environ.get('DJANGO_ENV', 'production')}")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
