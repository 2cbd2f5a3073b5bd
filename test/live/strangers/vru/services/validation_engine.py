import os
from pathlib import Path

import yaml
from fastapi import FastAPI

app = FastAPI()
config = yaml.safe_load(Path(os.environ["VALIDATION_CONFIG"]).read_text(encoding="utf-8"))


@app.get("/health")
def health():
    return {"asks": config["services"]["ml_engine"]}
