import sys

from gevent import monkey

monkey.patch_all()
from gevent.pywsgi import WSGIServer
from geventwebsocket.exceptions import WebSocketError
from geventwebsocket.handler import WebSocketHandler


def app(environ, start_response):
    socket = environ.get("wsgi.websocket")
    if socket is None:
        start_response("426 Upgrade Required", [("Content-Length", "0")])
        return [b""]
    try:
        while (message := socket.receive()) is not None:
            socket.send(message, binary=not isinstance(message, str))
    except WebSocketError:
        pass
    return []


address = ("127.0.0.1", int(sys.argv[1]))
WSGIServer(address, app, handler_class=WebSocketHandler, log=None, error_log=None).serve_forever()
