import type { Clients } from '../support/clients.js';

/** What a client is told that may not enter: the message of its `connect_error`, and `data`. */
export async function refusal(
  clients: Clients,
  path = '/',
  options: Parameters<Clients['create']>[1] = {},
): Promise<{ message: string; data: unknown }> {
  const socket = clients.create(path, options);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => reject(new Error(`The client has entered ${path}`)));
    socket.once('connect_error', (error) => {
      const { message, data } = error as Error & { data?: unknown };
      resolve({ message, data });
    });
  });
}
