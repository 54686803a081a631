import asyncio
import sys

from echo import Echo
from picows import ws_create_server


async def main():
    server = await ws_create_server(lambda request: Echo(), "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
