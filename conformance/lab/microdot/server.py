import sys

from microdot import Microdot
from microdot.websocket import with_websocket

app = Microdot()


@app.route("/")
@app.route("/<path:path>")
@with_websocket
async def echo(request, socket, path=""):
    while True:
        await socket.send(await socket.receive())


app.run(host="127.0.0.1", port=int(sys.argv[1]))
