import asyncio

from each_url import each_url, subprotocols
from tornado.websocket import websocket_connect


async def echo(url):
    connection = await websocket_connect(url, subprotocols=subprotocols() or None, compression_options={})
    while (message := await connection.read_message()) is not None:
        await connection.write_message(message, binary=isinstance(message, bytes))


each_url(lambda url: asyncio.run(echo(url)))
