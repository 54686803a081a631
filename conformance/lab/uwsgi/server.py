import uwsgi


def application(environ, start_response):
    if not environ.get("HTTP_SEC_WEBSOCKET_KEY"):
        start_response("426 Upgrade Required", [("Content-Length", "0")])
        return [b""]
    uwsgi.websocket_handshake(environ["HTTP_SEC_WEBSOCKET_KEY"], environ.get("HTTP_ORIGIN", ""))
    try:
        while True:
            echo(uwsgi.websocket_recv())
    except OSError:
        return [b""]


def echo(message):
    try:
        message.decode()
    except UnicodeDecodeError:
        uwsgi.websocket_send_binary(message)
    else:
        uwsgi.websocket_send(message)
