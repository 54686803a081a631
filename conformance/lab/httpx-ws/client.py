import wsproto
from each_url import each_url, subprotocols
from httpx_ws import WebSocketDisconnect, connect_ws


def echo(url):
    with connect_ws(url, subprotocols=subprotocols() or None, keepalive_ping_interval_seconds=None) as socket:
        try:
            while True:
                send_back(socket, socket.receive())
        except WebSocketDisconnect:
            pass


def send_back(socket, message):
    if isinstance(message, wsproto.events.TextMessage):
        socket.send_text(message.data)
    elif isinstance(message, wsproto.events.BytesMessage):
        socket.send_bytes(message.data)


each_url(echo)
