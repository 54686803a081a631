from curl_cffi import CurlWsFlag, WebSocket
from each_url import each_url


def echo(url):
    socket = WebSocket()
    socket.connect(url)
    while True:
        message, flags = socket.recv()
        if flags & CurlWsFlag.CLOSE:
            return
        kind = CurlWsFlag.TEXT if flags & CurlWsFlag.TEXT else CurlWsFlag.BINARY
        socket.send(message, kind)


each_url(echo)
