from flask import Flask
from gevent import monkey

app = Flask(__name__)


@app.get("/api/growth")
def growth():
    return {"growth": 1.5, "gevent": monkey.is_module_patched("socket")}


@app.get("/docs")
def docs():
    return "<title>LOC8</title>GET /api/growth"
