import logging
import sys

from websocket_server import WebsocketServer


def echo(client, server, message):
    server.send_message(client, message)


server = WebsocketServer(host="127.0.0.1", port=int(sys.argv[1]), loglevel=logging.CRITICAL)
server.set_fn_message_received(echo)
server.run_forever()
