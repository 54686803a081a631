import signal
import sys
import threading

from PyQt5.QtCore import QCoreApplication, QObject, QUrl, pyqtSignal
from PyQt5.QtWebSockets import QWebSocket

signal.signal(signal.SIGTERM, signal.SIG_DFL)
app = QCoreApplication(sys.argv)
open_sockets = set()


class Lines(QObject):
    came = pyqtSignal(str)


def echo(url):
    socket = QWebSocket()
    open_sockets.add(socket)
    socket.textMessageReceived.connect(socket.sendTextMessage)
    socket.binaryMessageReceived.connect(socket.sendBinaryMessage)
    socket.disconnected.connect(lambda: open_sockets.discard(socket))
    socket.open(QUrl(url))


def read():
    for line in sys.stdin:
        lines.came.emit(line.strip())


lines = Lines()
lines.came.connect(echo)
threading.Thread(target=read, daemon=True).start()
sys.exit(app.exec_())
