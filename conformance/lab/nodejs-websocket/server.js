const ws = require("nodejs-websocket");
const echo = require("./echo.js");

ws.createServer(echo).listen(Number(process.argv[2]), "127.0.0.1");
