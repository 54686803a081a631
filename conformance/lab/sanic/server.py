import sys

from sanic import Sanic

app = Sanic("echo")
app.config.WEBSOCKET_PING_INTERVAL = None


@app.websocket("/")
@app.websocket("/<path:path>", name="any")
async def echo(request, socket, path=""):
    async for message in socket:
        await socket.send(message)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, motd=False, access_log=False)
