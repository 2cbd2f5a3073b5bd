import os
import socket
import time

from django import forms
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from app import s3
from documents.models import Document

_WHO = {"service": settings.SERVICE, "release": settings.RELEASE, "host": socket.gethostname()}


class UploadForm(forms.ModelForm):
    class Meta:
        model = Document
        fields = ("title", "file")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The pages for people: what there is, and a form for more."""
    return render(request, "documents/home.html", {"documents": Document.objects.all()[:20], "form": UploadForm(), "who": _WHO})


@require_http_methods(["POST"])
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"documents": Document.objects.all()[:20], "form": form, "who": _WHO}
        return render(request, "documents/home.html", context, status=422)
    form.save()
    return redirect("home")


@require_safe
def visits(request: HttpRequest) -> JsonResponse:
    """Counts in the session, which lives in the database."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return JsonResponse({"visits": request.session["visits"], **_WHO})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def health(_request: HttpRequest) -> JsonResponse:
    """Liveness: touches no dependency."""
    return JsonResponse({"status": "ok", **_WHO})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    reports = [_report("postgres", settings.DATABASES["default"]["HOST"], _database), _report("s3" if s3.store else "files", "media", _media)]
    ok = all(report["ok"] for report in reports)
    answer = JsonResponse(
        {"status": "ready" if ok else "not ready", **_WHO, "dependencies": reports}, status=200 if ok else 503
    )
    answer["cache-control"] = "no-store"
    return answer


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def api_documents(request: HttpRequest) -> JsonResponse:
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return JsonResponse({"error": form.errors}, status=422)
        made = form.save()
        return JsonResponse({"id": made.pk, "title": made.title, "url": made.file.url if made.file else None}, status=201)
    rows = [{"id": row.pk, "title": row.title, "url": row.file.url if row.file else None} for row in Document.objects.all()[:20]]
    return JsonResponse({"count": Document.objects.count(), "documents": rows})


def _report(kind: str, name: str, work) -> dict[str, object]:
    started = time.perf_counter()
    try:
        work()
        found: dict[str, object] = {"ok": True}
    except (DatabaseError, OSError, s3.StoreError) as error:
        found = {"ok": False, "error": str(error).strip().split("\n")[0].replace(settings.DATABASES["default"]["PASSWORD"], "***")}
    return {"name": name, "kind": kind, **found, "latency_ms": round((time.perf_counter() - started) * 1000, 1)}


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _media() -> None:
    if s3.store:
        s3.store.check()
        return
    if not os.access(settings.MEDIA_ROOT, os.W_OK):
        raise OSError("can't be written")
