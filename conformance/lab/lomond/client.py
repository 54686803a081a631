from each_url import each_url, subprotocols
from lomond import WebSocket


def echo(url):
    socket = WebSocket(url, protocols=subprotocols(), compress=True)
    for event in socket.connect(ping_rate=0):
        if event.name == "text":
            socket.send_text(event.text)
        elif event.name == "binary":
            socket.send_binary(event.data)


each_url(echo)
