// GraphQL with subscriptions over WebSockets at /graphql. Usage: mercurius.js PORT
const fastify = require('fastify')();
const mercurius = require('mercurius');

const schema = 'type Query { hello: String } type Subscription { ticks: Int }';
const resolvers = { Query: { hello: async () => 'world' } };
fastify.register(mercurius, { schema, resolvers, subscription: true });
fastify.listen({ host: '127.0.0.1', port: Number(process.argv.at(-1)) });
