"""A replica for the proxy's live tests: HTTP/1.1 with a keep-alive of 2 s (gunicorn's), and what it was asked.

/slow?20 answers after 20 s, /status/418 with that status, /seen with all request heads so far; /broken breaks the
connection every other time, as a worker that is killed; /ws upgrades and echoes; anything else answers its own name,
the method and the length of the body it got.
"""

import asyncio
import base64
import hashlib
import json
import os
import signal
import sys

name, listener = sys.argv[1], sys.argv[2]
seen = []


async def serve(reader, writer):
    try:
        while await answer(reader, writer):
            pass
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def answer(reader, writer):
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)).decode("latin-1")
    lines = head.split("\r\n")
    method, path, _ = lines[0].split(" ")
    headers = {key.lower(): value for key, value in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    if headers.get("upgrade") == "websocket":
        await websocket(reader, writer, headers)
        return False
    status, text = 200, f"{name} {method} {len(body)}"
    if "/slow?" in path:
        await asyncio.sleep(float(path.split("?")[1]))
    elif path.startswith("/status/"):
        status = int(path[8:])
    elif path == "/seen":
        text = json.dumps(seen)
    seen.append(head)
    if path == "/broken" and sum("/broken" in one for one in seen) % 2 == 1:
        return False
    extra = "X-Powered-By: test\r\nX-Frame-Options: ALLOWALL\r\n"
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n{extra}\r\n{text}".encode())
    await writer.drain()
    return True


async def websocket(reader, writer, headers):
    key = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    writer.write(f"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    while chunk := await reader.read(1024):
        writer.write(chunk)
        await writer.drain()


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    if listener.startswith("/"):
        await asyncio.start_unix_server(serve, listener)
        os.chmod(listener, 0o777)
    else:
        await asyncio.start_server(serve, "0.0.0.0", int(listener), backlog=1024)
    await stop.wait()


asyncio.run(main())
