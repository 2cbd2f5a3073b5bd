"""
The little of S3 that is needed here, with the standard library alone: objects are put, read and listed.
The signature is version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
"""

import hashlib
import hmac
import http.client
import os
import time
from urllib.parse import quote, urlsplit

from app.settings import value

_EMPTY = hashlib.sha256(b"").hexdigest()


class StoreError(Exception):
    """The object store refused, with a status, or failed; the text holds no secret."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class Store:
    def __init__(self, endpoint: str, bucket: str, key: str, secret: str, region: str) -> None:
        url = urlsplit(endpoint)
        self.host = url.hostname or ""
        self._tls = url.scheme == "https"
        self._port = url.port or (443 if self._tls else 80)
        self._authority = self.host if self._port in (80, 443) else f"{self.host}:{self._port}"
        self.bucket = bucket
        self._key = key
        self._secret = secret
        self._region = region

    def check(self) -> None:
        self._ask("HEAD", "")

    def put(self, name: str, content: bytes, media_type: str) -> None:
        self._ask("PUT", name, content, {"content-type": media_type})

    def get(self, name: str) -> bytes:
        return self._ask("GET", name)

    def has(self, name: str) -> bool:
        try:
            self._ask("HEAD", name)
            return True
        except StoreError as error:
            if error.status == 404:
                return False
            raise

    def delete(self, name: str) -> None:
        self._ask("DELETE", name)

    def link(self, name: str, seconds: int = 300) -> str:
        """An address under which anybody may read the object for a while."""
        now = time.gmtime()
        day = time.strftime("%Y%m%d", now)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self._key}/{self._scope(day)}",
            "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", now),
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": "host",
        }
        words = "&".join(f"{name}={quote(text, safe='')}" for name, text in sorted(query.items()))
        path = quote(f"/{self.bucket}/{name}")
        request = "\n".join(["GET", path, words, f"host:{self._authority}\n", "host", "UNSIGNED-PAYLOAD"])
        signature = self._signature(query["X-Amz-Date"], day, request)
        return f"{'https' if self._tls else 'http'}://{self._authority}{path}?{words}&X-Amz-Signature={signature}"

    def _ask(self, method: str, name: str, body: bytes = b"", more: dict[str, str] | None = None) -> bytes:
        path = quote(f"/{self.bucket}/{name}".rstrip("/"))
        headers = self._signed(method, path, body) | (more or {})
        connection = self._connected()
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise StoreError(str(error) or type(error).__name__) from None
        finally:
            connection.close()
        if answer.status >= 300:
            raise StoreError(f"answered {answer.status} to {method} {path}", answer.status)
        return content

    def _connected(self) -> http.client.HTTPConnection:
        """
        As vendors' own libraries do, tries again where nobody takes the connection; nothing has been asked by then
        (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
        """
        kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        for pause in (0.1, 0.3, 0.6, 1.2, None):
            connection = kind(self.host, self._port, timeout=5)
            try:
                connection.connect()
                break
            except ConnectionRefusedError as error:
                connection.close()
                if pause is None:
                    raise StoreError(str(error)) from None
                time.sleep(pause)
            except OSError as error:
                connection.close()
                raise StoreError(str(error) or type(error).__name__) from None
        return connection

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        now = time.gmtime()
        moment, day = time.strftime("%Y%m%dT%H%M%SZ", now), time.strftime("%Y%m%d", now)
        digest = hashlib.sha256(body).hexdigest() if body else _EMPTY
        headers = {"host": self._authority, "x-amz-content-sha256": digest, "x-amz-date": moment}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        signature = self._signature(moment, day, "\n".join([method, path, "", lines, names, digest]))
        credential = f"{self._key}/{self._scope(day)}"
        proof = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return headers | {"authorization": proof}

    def _scope(self, day: str) -> str:
        return f"{day}/{self._region}/s3/aws4_request"

    def _signature(self, moment: str, day: str, request: str) -> str:
        digest = hashlib.sha256(request.encode()).hexdigest()
        key = f"AWS4{self._secret}".encode()
        for part in self._scope(day).split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{moment}\n{self._scope(day)}\n{digest}"
        return hmac.digest(key, text.encode(), "sha256").hex()


def _read() -> Store | None:
    endpoint = os.environ.get("S3_ENDPOINT", "")
    if not endpoint:
        return None
    keys = value("S3_ACCESS_KEY"), value("S3_SECRET_KEY")
    return Store(endpoint, os.environ["S3_BUCKET"], *keys, os.environ.get("S3_REGION", "us-east-1"))


store = _read()
