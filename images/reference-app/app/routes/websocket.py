"""A connection that stays open."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.settings import settings

router = APIRouter()
open_sockets: set[WebSocket] = set()


@router.websocket("/ws")
async def echo(socket: WebSocket) -> None:
    """Answers every message with it and the release that got it."""
    await socket.accept()
    open_sockets.add(socket)
    try:
        while True:
            text = await socket.receive_text()
            await socket.send_json({"echo": text, "release": settings.release, "host": settings.hostname})
    except WebSocketDisconnect:
        pass
    finally:
        open_sockets.discard(socket)
