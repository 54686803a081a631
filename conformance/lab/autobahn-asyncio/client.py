import asyncio

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
    loop = asyncio.get_running_loop()
    await loop.create_connection(factory, factory.host, factory.port, ssl=factory.isSecure or None)
    await factory.closed.wait()


each_url(lambda url: asyncio.run(echo(url)))
