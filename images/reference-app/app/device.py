"""Which device the ML engine works on."""

import os
import re

from app.config_file import MlConfig

# The driver's own files, which the container runtime hands over with a GPU (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit).
_FOLDER = "/dev"


def gpus() -> list[str]:
    return sorted(name for name in os.listdir(_FOLDER) if re.fullmatch(r"nvidia\d+", name))


def choose(config: MlConfig) -> str:
    """`cuda` or `cpu`. Ends the process when a GPU was asked for and there is none."""
    found = gpus()
    if config.device == "cuda" and not found:
        raise SystemExit(f'device: must be "cpu" or "auto" on a machine without a GPU, got "{config.device}"')
    return "cuda" if found and config.device != "cpu" else "cpu"
