module.exports = function echo(connection) {
  connection.on("error", () => {});
  connection.on("text", (text) => connection.sendText(text));
  connection.on("binary", (stream) => {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => connection.sendBinary(Buffer.concat(parts)));
  });
};
