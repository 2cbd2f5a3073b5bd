import os

from django.contrib import admin
from django.http import HttpResponse
from django.urls import path


def alive(request):
    return HttpResponse("alive")


def home(request):
    return HttpResponse(f"notes, as {os.getuid()}:{os.getgid()}")


urlpatterns = [path("", home), path("alive/", alive), path("admin/", admin.site.urls)]
