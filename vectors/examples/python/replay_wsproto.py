"""Replays the parse vectors against wsproto, both roles, opening handshakes included.

    pip install wsproto
    python3 replay_wsproto.py --allow wsproto.txt
"""
import sys
from importlib.metadata import version
from unittest import mock

from wsproto import ConnectionType, WSConnection
from wsproto import events as ws
from wsproto.connection import Connection, ConnectionState
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import RemoteProtocolError

from report import main


class Parser:
    def __init__(self, vector):
        self.client, self.message = vector["role"] == "client", b""
        role = ConnectionType.CLIENT if self.client else ConnectionType.SERVER
        if not vector["head"]:
            self.connection = Connection(role, deflate(vector))
            return
        self.connection = WSConnection(role)
        if self.client:
            with mock.patch("wsproto.handshake.generate_nonce", return_value=vector["key"].encode()):
                self.connection.send(ws.Request("example.com", "/", subprotocols=vector.get("subprotocols", [])))

    def feed(self, piece):
        came = []
        try:
            self.connection.receive_data(piece)
            for event in self.connection.events():
                if self.refused(event):
                    return came, str(event)
                came += self.translate(event)
        except RemoteProtocolError as error:
            return came, str(error)
        return came, None

    def refused(self, event):
        """A Close of the peer moves the state; a CloseConnection without that says that wsproto has failed."""
        closed = isinstance(event, ws.CloseConnection) and self.connection.state is not ConnectionState.REMOTE_CLOSING
        return closed or isinstance(event, ws.RejectConnection)

    def translate(self, event):
        match event:
            case ws.Request():
                answer = self.connection.send(ws.AcceptConnection()).decode()
                accept = answer.partition("Sec-WebSocket-Accept: ")[2].partition("\r\n")[0]
                asked = {"target": event.target, "host": event.host, "subprotocols": event.subprotocols}
                return [("opened", asked | {"accept": accept})]
            case ws.AcceptConnection():
                return [("opened", {"subprotocol": event.subprotocol})]
            case ws.TextMessage() | ws.BytesMessage():
                text = isinstance(event, ws.TextMessage)
                self.message += event.data.encode() if text else event.data
                if not event.message_finished:
                    return []
                whole, self.message = self.message, b""
                return [("text" if text else "binary", whole)]
            case ws.Ping() | ws.Pong():
                return [("ping" if isinstance(event, ws.Ping) else "pong", bytes(event.payload))]
            case ws.CloseConnection():
                code = b"" if event.code == 1005 else int(event.code).to_bytes(2, "big")
                return [("close", code + (event.reason or "").encode())]
        raise TypeError(event)


def deflate(vector):
    """The extension, agreed on as the vector says; the terms bind the sender, so our peer."""
    terms, peer = vector.get("deflate"), "server" if vector["role"] == "client" else "client"
    if terms is None:
        return []
    extension, agreed = PerMessageDeflate(), "permessage-deflate"
    agreed += "" if terms.get("takeover", True) else f"; {peer}_no_context_takeover"
    extension.finalize(f"{agreed}; {peer}_max_window_bits={terms.get('window', 15)}")
    return [extension]


def skip(vector):
    if vector.get("deflate", {}).get("window") == 8:
        return "wsproto has no window of 8 bits"
    if "offer" in vector or any("extensions" in value for word, value in vector["events"] if word == "opened"):
        return "negotiation of permessage-deflate: the vectors ask for one answer, wsproto has a policy of its own"
    return None


sys.exit(main(f"wsproto {version('wsproto')}", Parser, skip))
