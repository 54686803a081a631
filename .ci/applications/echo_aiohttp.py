"""An echo server made of the Python package `aiohttp`. Usage: echo_aiohttp.py PORT"""

import sys

from aiohttp import WSMsgType, web


async def echo(request):
    connection = web.WebSocketResponse(max_msg_size=64 << 20, compress=True)
    if not connection.can_prepare(request).ok:
        return web.Response(status=426)
    await connection.prepare(request)
    async for message in connection:
        if message.type is WSMsgType.TEXT:
            await connection.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await connection.send_bytes(message.data)
    return connection


application = web.Application()
application.router.add_get("/{rest:.*}", echo)
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
