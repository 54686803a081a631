from each_url import each_url, subprotocols
from ws4py.client.threadedclient import WebSocketClient


class Echo(WebSocketClient):
    def received_message(self, message):
        self.send(message.data, message.is_binary)


def echo(url):
    client = Echo(url, protocols=subprotocols())
    client.connect()
    client.run_forever()


each_url(echo)
