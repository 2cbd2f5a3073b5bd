"""Configuration files of the services that have one. A wrong one is refused before anything serves."""

import os
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Url = Annotated[str, Field(pattern=r"^https?://[\w.-]+(:\d+)?(/.*)?$")]
_T = TypeVar("_T", bound="Strict")


class Strict(BaseModel):
    """Unknown keys are mistakes, and text is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Models(Strict):
    folder: Annotated[str, Field(pattern=r"^/")]


class Inference(Strict):
    workers: Annotated[int, Field(ge=1, le=64)]
    batch_size: Annotated[int, Field(ge=1, le=1024)]
    confidence: Share
    timeout_seconds: Seconds


class MlConfig(Strict):
    device: Literal["auto", "cuda", "cpu"]
    models: Models
    inference: Inference


class Services(Strict):
    ml_engine: Url
    cameras: Url


class Workflow(Strict):
    parallel: Annotated[int, Field(ge=1, le=256)]
    retries: Annotated[int, Field(ge=0, le=10)]
    timeout_seconds: Seconds


class Thresholds(Strict):
    precision: Share
    recall: Share
    latency_ms: Annotated[float, Field(gt=0)]


class ValidationConfig(Strict):
    services: Services
    workflow: Workflow
    thresholds: Thresholds


def read(path: str, model: type[_T]) -> _T:
    """Ends the process with a line for each mistake: `path: where: what, got value`."""
    try:
        with open(path, encoding="utf-8") as file:
            return model.model_validate(yaml.safe_load(file))
    except OSError as error:
        raise SystemExit(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise SystemExit(f"{path}: must be YAML, {' '.join(str(error).split())}") from None
    except ValidationError as error:
        lines = [f"{path}: {_where(each['loc'])}: {each['msg']}, got {each['input']!r}" for each in error.errors()]
        raise SystemExit("\n".join(lines)) from None


def _where(path: tuple[int | str, ...]) -> str:
    return ".".join(map(str, path)) or "top"


ml = read(os.environ["ML_CONFIG"], MlConfig) if os.environ.get("ML_CONFIG") else None
validation = read(os.environ["VALIDATION_CONFIG"], ValidationConfig) if os.environ.get("VALIDATION_CONFIG") else None
