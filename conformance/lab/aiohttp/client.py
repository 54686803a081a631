import asyncio

from aiohttp import ClientSession, WSMsgType
from each_url import each_url, subprotocols


async def echo(url):
    async with ClientSession() as session, session.ws_connect(url, protocols=subprotocols(), compress=15) as socket:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)


each_url(lambda url: asyncio.run(echo(url)))
