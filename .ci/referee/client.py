"""A client made of the Python package `websockets`: sends messages drawn by a seed, waits for as many, and prints how many
there were and a hash of what it sent and received. Usage: client.py URL MESSAGES"""

import asyncio
import hashlib
import json
import random
import sys

from websockets.asyncio.client import connect

IN_FLIGHT = 64
SEED = 20
# Of a thousand messages, this many are of each size at most, in bytes.
SIZES = [(900, 125), (97, 4000), (3, 100_000)]


def drawn(count):
    """Messages: text and binary, most of them small."""
    source = random.Random(SEED)
    most = [size for share, size in SIZES for _ in range(share)]
    for _ in range(count):
        size = source.randrange(source.choice(most))
        payload = source.randbytes(size)
        yield payload if source.random() < 0.5 else payload.hex()[:size]


class Digest:
    def __init__(self):
        self.hash = hashlib.sha256()

    def add(self, message):
        text = isinstance(message, str)
        self.hash.update(b"t" + message.encode() if text else b"b" + message)


async def main(url, count):
    sent, received = Digest(), Digest()
    free = asyncio.Semaphore(IN_FLIGHT)
    async with connect(url, max_size=None) as connection:

        async def send():
            for message in drawn(count):
                await free.acquire()
                sent.add(message)
                await connection.send(message)

        async def receive():
            for _ in range(count):
                received.add(await connection.recv())
                free.release()

        await asyncio.gather(send(), receive())
    print(json.dumps({"messages": count, "sent": sent.hash.hexdigest(), "received": received.hash.hexdigest()}))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
