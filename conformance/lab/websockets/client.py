import asyncio

from each_url import each_url, subprotocols
from websockets.asyncio.client import connect


async def echo(url):
    async with connect(url, subprotocols=subprotocols() or None, ping_interval=None, proxy=None) as connection:
        async for message in connection:
            await connection.send(message)


each_url(lambda url: asyncio.run(echo(url)))
