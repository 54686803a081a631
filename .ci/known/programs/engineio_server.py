"""An Engine.IO server that answers each message. Usage: engineio_server.py PORT"""

import sys

import engineio
from aiohttp import web

server = engineio.AsyncServer(async_mode="aiohttp")


@server.on("message")
async def message(sid, data):
    await server.send(sid, data)


app = web.Application()
server.attach(app)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[-1]), print=None)
