"""What the ML engine and the validation engine show of themselves."""

import os

from fastapi import APIRouter

from app import config_file, device, metrics
from app.logs import log

router = APIRouter(tags=["engine"])

_device = device.choose(config_file.ml) if config_file.ml else None
if _device:
    log.info("inference on %s", _device)


@router.get("/engine")
async def engine() -> dict[str, object]:
    """The device it works on, the models it finds, and the settings it was given."""
    if _device:
        metrics.device.labels(_device).set(1)
    return {
        **({"device": _device, "gpus": device.gpus()} if _device else {}),
        **({"models": sorted(os.listdir(config_file.ml.models.folder))} if config_file.ml else {}),
        **{kind: each.model_dump() for kind, each in _configs().items() if each},
    }


def _configs() -> dict[str, config_file.Strict | None]:
    return {"ml": config_file.ml, "validation": config_file.validation}
