"""Echoes with Tornado, compressing. Usage: tornado_echo.py PORT"""

import collections
import collections.abc
import sys

# Tornado 4 looks for these where Python 3.10 no longer has them.
for name in ("MutableMapping", "Callable"):
    setattr(collections, name, getattr(collections.abc, name))

import tornado.ioloop
import tornado.web
import tornado.websocket


class Echo(tornado.websocket.WebSocketHandler):
    def check_origin(self, origin):
        return True

    def get_compression_options(self):
        return {}

    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


app = tornado.web.Application([("/", Echo)])
app.listen(int(sys.argv[-1]), address="127.0.0.1")
tornado.ioloop.IOLoop.current().start()
