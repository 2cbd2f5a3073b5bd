/**
 * Has Django's own means make the administrator that `DJANGO_SUPERUSER_USERNAME` names, or give the one of that name
 * the password; what a user model of somebody's own needs beside them comes from variables such as
 * `DJANGO_SUPERUSER_PHONE` (https://docs.djangoproject.com/en/stable/ref/django-admin/#createsuperuser). The password
 * goes from its file into this process's environment alone.
 */
export const djangoSuperuser: readonly string[] = [
  "sh",
  "-c",
  'exec "$(command -v python || command -v python3)" manage.py shell -c "$0"',
  `
import os
from django.contrib.auth import get_user_model
from django.core.management import call_command
with open(os.environ["DJANGO_SUPERUSER_PASSWORD_FILE"]) as file:
    password = os.environ["DJANGO_SUPERUSER_PASSWORD"] = file.read()
model = get_user_model()
login = {model.USERNAME_FIELD: os.environ["DJANGO_SUPERUSER_USERNAME"]}
user = model._default_manager.filter(**login).first()
if user is None:
    call_command("createsuperuser", interactive=False, **login)
else:
    user.is_active = user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()
`,
];
