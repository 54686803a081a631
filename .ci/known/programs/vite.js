// The development server of Vite, whose page reloads over a WebSocket. Usage: vite.js PORT
const path = require('path');

async function main() {
  const { createServer } = await import(require.resolve('vite').replace('index.cjs', 'dist/node/index.js'));
  const server = await createServer({
    configFile: false,
    root: path.dirname(__filename),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: Number(process.argv.at(-1)), strictPort: true, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  // The pages of this server are told the token; 6.0.8 has none.
  server.config.webSocketToken = 'wsspec';
  await server.listen();
}

main();
