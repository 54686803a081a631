import websocket
from each_url import each_url, subprotocols
from websocket import ABNF


def echo(url):
    connection = websocket.create_connection(url, subprotocols=subprotocols() or None)
    while True:
        opcode, data = connection.recv_data()
        if opcode == ABNF.OPCODE_CLOSE:
            return
        connection.send(data, opcode)


each_url(echo)
