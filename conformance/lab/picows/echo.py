"""Sends each message back."""
from picows import WSCloseCode, WSListener, WSMsgType


class Echo(WSListener):
    def __init__(self):
        super().__init__()
        self.kind = None
        self.payload = bytearray()

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.PONG:
            pass
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        else:
            self.on_data(transport, frame)

    def on_data(self, transport, frame):
        if frame.msg_type != WSMsgType.CONTINUATION:
            self.kind = frame.msg_type
        self.payload += frame.get_payload_as_bytes()
        if frame.fin:
            transport.send(self.kind, bytes(self.payload))
            self.payload.clear()
