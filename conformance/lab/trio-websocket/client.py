import trio
from each_url import each_url, subprotocols
from trio_websocket import ConnectionClosed, open_websocket_url


async def echo(url):
    async with open_websocket_url(url, subprotocols=subprotocols()) as connection:
        try:
            while True:
                await connection.send_message(await connection.get_message())
        except ConnectionClosed:
            pass


each_url(lambda url: trio.run(echo, url))
