"""A client over HTTP/2 made of urllib3-future: each message has to come back. Usage: http2_client.py URL MESSAGES [AUTHORITY]"""

import random
import sys

from urllib3 import HttpVersion, PoolManager

SEED = 20
# The library does not split what is larger than a frame of HTTP/2, and text is twice as long here.
LARGEST = 7_000

url, count, *authority = sys.argv[1:]
source = random.Random(SEED)
# What is left is HTTP/2, without TLS with prior knowledge.
others = {HttpVersion.h11, HttpVersion.h3}
with PoolManager(ca_certs=authority[0] if authority else None, disabled_svn=others) as pool:
    websocket = pool.urlopen("GET", url).extension
    for number in range(int(count)):
        payload = source.randbytes(source.randrange(LARGEST))
        message = payload if number % 2 else payload.hex()
        websocket.send_payload(message)
        assert websocket.next_payload() == message, number
    websocket.close()
