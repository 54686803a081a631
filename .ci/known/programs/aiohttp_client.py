"""Echoes as a client, with aiohttp. Usage: aiohttp_client.py [--plain] URL

With --plain it offers no compression.
"""

import asyncio
import sys

from aiohttp import ClientError, ClientSession, WSMsgType


async def main():
    compress = 0 if "--plain" in sys.argv else 15
    try:
        async with ClientSession() as session, session.ws_connect(sys.argv[-1], compress=compress) as socket:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await socket.send_str(message.data)
                elif message.type == WSMsgType.BINARY:
                    await socket.send_bytes(message.data)
    except (ClientError, ConnectionError):
        """The suite refuses some connections, and ends others."""


asyncio.run(main())
