import sys

import cherrypy
from ws4py.server.cherrypyserver import WebSocketPlugin, WebSocketTool
from ws4py.websocket import EchoWebSocket


class Root:
    @cherrypy.expose
    def default(self, *path, **query):
        pass

    index = default


cherrypy.config.update({
    "server.socket_host": "127.0.0.1",
    "server.socket_port": int(sys.argv[1]),
    "server.socket_queue_size": 128,
    "engine.autoreload.on": False,
    "log.screen": False,
    "environment": "production",
})
WebSocketPlugin(cherrypy.engine).subscribe()
cherrypy.tools.websocket = WebSocketTool()
tool = {"tools.websocket.on": True, "tools.websocket.handler_cls": EchoWebSocket}
cherrypy.quickstart(Root(), "/", {"/": tool})
