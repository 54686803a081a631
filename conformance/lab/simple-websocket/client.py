from each_url import each_url, subprotocols
from simple_websocket import Client, ConnectionClosed


def echo(url):
    socket = Client.connect(url, subprotocols=subprotocols() or None)
    try:
        while True:
            socket.send(socket.receive())
    except ConnectionClosed:
        pass


each_url(echo)
