import asyncio

from each_url import each_url
from echo import Echo
from picows import ws_connect


async def echo(url):
    transport, _ = await ws_connect(Echo, url)
    await transport.wait_disconnected()


each_url(lambda url: asyncio.run(echo(url)))
