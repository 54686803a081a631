import signal
import sys

from PyQt5.QtCore import QCoreApplication
from PyQt5.QtNetwork import QHostAddress
from PyQt5.QtWebSockets import QWebSocketServer

signal.signal(signal.SIGTERM, signal.SIG_DFL)
app = QCoreApplication(sys.argv)
server = QWebSocketServer("echo", QWebSocketServer.NonSecureMode)
open_sockets = set()


def accept():
    socket = server.nextPendingConnection()
    open_sockets.add(socket)
    socket.textMessageReceived.connect(socket.sendTextMessage)
    socket.binaryMessageReceived.connect(socket.sendBinaryMessage)
    socket.disconnected.connect(lambda: forget(socket))


def forget(socket):
    open_sockets.discard(socket)
    socket.deleteLater()


server.newConnection.connect(accept)
if not server.listen(QHostAddress.LocalHost, int(sys.argv[1])):
    sys.exit(server.errorString())
sys.exit(app.exec_())
