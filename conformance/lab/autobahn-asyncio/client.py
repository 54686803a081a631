import asyncio
from urllib.parse import urlsplit

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from each_url import each_url, subprotocols


class Echo(WebSocketClientProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)

    def onClose(self, wasClean, code, reason):
        self.factory.closed.set()


async def echo(url):
    factory = WebSocketClientFactory(url, protocols=subprotocols())
    factory.protocol = Echo
    factory.closed = asyncio.Event()
    place = urlsplit(url)
    await asyncio.get_running_loop().create_connection(factory, place.hostname, place.port)
    await factory.closed.wait()


each_url(lambda url: asyncio.run(echo(url)))
