// hapi 16 with nes and cookie authentication of its own. Usage: nes.js PORT
const Hapi = require('hapi');
const Nes = require('nes');

const server = new Hapi.Server();
server.connection({ host: '127.0.0.1', port: Number(process.argv.at(-1)) });

function fail(error) {
  if (error) throw error;
}

function authenticate(request, reply) {
  return request.headers.authorization ? reply.continue({ credentials: {} }) : reply(null, { statusCode: 401 });
}

server.auth.scheme('any', () => ({ authenticate }));
server.auth.strategy('any', 'any');
const password = 'a password of at least thirty-two characters';
server.register({ register: Nes, options: { auth: { type: 'cookie', password } } }, (error) => {
  fail(error);
  server.start(fail);
});
