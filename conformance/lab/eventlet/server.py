import sys

import eventlet
from eventlet import websocket, wsgi


@websocket.WebSocketWSGI
def echo(socket):
    while (message := socket.wait()) is not None:
        socket.send(message)


listener = eventlet.listen(("127.0.0.1", int(sys.argv[1])), backlog=128)
wsgi.server(listener, echo, log_output=False, max_size=256)
