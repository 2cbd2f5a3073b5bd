import os
from pathlib import Path

import yaml
from fastapi import FastAPI

app = FastAPI()
config = yaml.safe_load(Path(os.environ["ML_CONFIG"]).read_text(encoding="utf-8"))


@app.get("/health")
def health():
    models = Path(config["models"]["folder"])
    return {"device": config["device"], "models": len(list(models.iterdir()))}
