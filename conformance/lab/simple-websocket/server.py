import logging
import sys

from simple_websocket import ConnectionClosed, Server
from werkzeug.serving import run_simple

logging.getLogger("werkzeug").setLevel(logging.CRITICAL)


def app(environ, start_response):
    socket = Server(environ)
    try:
        while True:
            socket.send(socket.receive())
    except ConnectionClosed:
        pass
    # The connection is over, and there is no response to write.
    raise ConnectionError


run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)
