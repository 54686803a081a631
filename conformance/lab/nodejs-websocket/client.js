// Reads URLs, one on each line, and echoes until each connection ends.
const readline = require("node:readline");
const ws = require("nodejs-websocket");
const echo = require("./echo.js");

readline.createInterface({ input: process.stdin }).on("line", (url) => echo(ws.connect(url)));
