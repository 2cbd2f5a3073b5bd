from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.templatetags.static import static
from django.urls import path
from django.views.generic import RedirectView

from documents import views


class Icon(RedirectView):
    """Asked for by browsers on pages that name no icon, such as the administration's."""

    def get_redirect_url(self, *_args, **_kwargs) -> str:
        return static("documents/icon.svg")


urlpatterns = [
    path("", views.home, name="home"),
    path("health", views.health),
    path("ready", views.ready),
    path("api/health", views.health),
    path("api/ready", views.ready),
    path("api/documents", views.api_documents),
    path("visits", views.visits, name="visits"),
    path("upload", views.upload, name="upload"),
    path("favicon.ico", Icon.as_view()),
    path("admin/", admin.site.urls),
]

# Nothing unless DEBUG is on: then files are served as they lie in the source.
urlpatterns += staticfiles_urlpatterns()
