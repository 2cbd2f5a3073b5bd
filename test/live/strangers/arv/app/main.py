from fastapi import FastAPI, UploadFile
from fastapi.responses import HTMLResponse

from app.config import BUCKET, CONTENT, minio
from app.database import add, one
from app.tasks.celery_app import make_marker

app = FastAPI(title="Vertex AR")

VIEWER = """<!doctype html><title>AR</title><link rel="icon" href="data:,"><video autoplay muted playsinline></video>
<output></output><script>
navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then((stream) => {
  const video = document.querySelector("video");
  video.onplaying = () => { document.querySelector("output").textContent = `camera, ${stream.getVideoTracks().length} track`; };
  video.srcObject = stream;
}, (error) => { document.querySelector("output").textContent = error.name; });
</script>"""


@app.get("/api/health/status")
def status():
    return {"status": "ok"}


@app.post("/api/contents", status_code=201)
def upload(file: UploadFile):
    number = add(file.filename)
    minio().put_object(BUCKET, f"contents/{number}", file.file, length=-1, part_size=5 * 2**20)
    CONTENT.mkdir(parents=True, exist_ok=True)
    (CONTENT / f"{number}.txt").write_text(file.filename, encoding="utf-8")
    make_marker.delay(number)
    return {"id": number}


@app.get("/api/contents/{number}")
def content(number: int):
    name, marker = one(number)
    return {"name": name, "marker": marker}


@app.get("/ar/{number}", response_class=HTMLResponse)
def viewer(number: int):
    return VIEWER
