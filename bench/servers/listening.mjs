import { once } from 'node:events';

/** Listens on a free port of this machine, with room for many clients that come at once. */
export async function listen(server) {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  return server.address().port;
}
