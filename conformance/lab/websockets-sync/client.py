from each_url import each_url, subprotocols
from websockets.sync.client import connect


def echo(url):
    with connect(url, subprotocols=subprotocols() or None, proxy=None) as connection:
        for message in connection:
            connection.send(message)


each_url(echo)
