"""An administrator from DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD_FILE; an existing one gets that password."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from config.env import value


class Command(BaseCommand):
    help = __doc__

    def handle(self, *_args, **_options) -> None:
        name, password = value("DJANGO_SUPERUSER_USERNAME"), value("DJANGO_SUPERUSER_PASSWORD")
        if not name or not password:
            raise CommandError("DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD: must be set, got nothing")
        user, made = get_user_model().objects.get_or_create(
            username=name, defaults={"email": value("DJANGO_SUPERUSER_EMAIL"), "is_staff": True, "is_superuser": True}
        )
        if made or not user.check_password(password):
            user.is_staff = user.is_superuser = True
            user.set_password(password)
            user.save()
        self.stdout.write(f"superuser {name} {'made' if made else 'was there'}")
