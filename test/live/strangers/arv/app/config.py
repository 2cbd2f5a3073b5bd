import os
from pathlib import Path

DATABASE_URL = os.environ["DATABASE_URL"]
BROKER = os.environ["CELERY_BROKER_URL"]
CONTENT = Path(os.environ.get("STORAGE_PATH", "storage/content"))
BUCKET = os.environ["MINIO_BUCKET"]


def minio():
    from minio import Minio

    keys = {"access_key": os.environ["MINIO_ACCESS_KEY"], "secret_key": os.environ["MINIO_SECRET_KEY"]}
    return Minio(os.environ["MINIO_ENDPOINT"], **keys, secure=os.environ.get("MINIO_SECURE") == "true")
