"""An echo server over HTTP/2 made of Hypercorn. Usage: http2_server.py PORT [CERT KEY]"""

import asyncio
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config


async def echo(scope, receive, send):
    while scope["type"] == "websocket":
        event = await receive()
        if event["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif event["type"] == "websocket.receive":
            key = "text" if event.get("text") is not None else "bytes"
            await send({"type": "websocket.send", key: event[key]})
        else:
            return


config = Config()
config.loglevel = "ERROR"
config.bind = [f"127.0.0.1:{sys.argv[1]}"]
if sys.argv[2:]:
    config.certfile, config.keyfile = sys.argv[2:]
asyncio.run(serve(echo, config))
