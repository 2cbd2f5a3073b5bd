"""Media in an S3-compatible bucket. Browsers get addresses that are good for some minutes."""

from io import BytesIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

from app import s3


@deconstructible
class BucketStorage(Storage):
    def _open(self, name: str, mode: str = "rb") -> File:
        return ContentFile(_store().get(name), name)

    def _save(self, name: str, content: File) -> str:
        content.seek(0)
        media_type = getattr(content, "content_type", None) or "application/octet-stream"
        body = BytesIO()
        for part in content.chunks():
            body.write(part)
        _store().put(name, body.getvalue(), media_type)
        return name

    def exists(self, name: str) -> bool:
        return _store().has(name)

    def delete(self, name: str) -> None:
        _store().delete(name)

    def url(self, name: str | None) -> str:
        return _store().link(name or "")


def _store() -> s3.Store:
    if s3.store is None:
        raise RuntimeError("S3_ENDPOINT: must be set, got nothing")
    return s3.store
