import type { ClusterNode } from '../../interop/published-adapters/cluster-node.js';

interface OwnAdapter {
  readonly nodeId: string;
  readonly health: { readonly malformedMessages: number };
}

/** By what a node is known to the others. */
export function idOf(node: ClusterNode): Promise<string> {
  return node.evaluate((io) => (io.of('/').adapter as unknown as OwnAdapter).nodeId);
}

/** How many messages a node has dropped. */
export function droppedBy(node: ClusterNode): Promise<number> {
  return node.evaluate((io) => (io.of('/').adapter as unknown as OwnAdapter).health.malformedMessages);
}

/** What all objects of a node have that nobody gave them. */
export function sharedFields(node: ClusterNode): Promise<string[]> {
  return node.evaluate(() => {
    const names: string[] = [];
    for (const name in {}) names.push(name);
    return names;
  });
}

/** A node says what no encoder can write, in each way that there is. @returns what the caller was told. */
export function sayTooDeep(node: ClusterNode, levels: number): Promise<string[]> {
  return node.evaluate(async (io, depth) => {
    let deep: unknown = 1;
    for (let level = 0; level < depth; level++) deep = [deep];
    let deepBytes: unknown = Buffer.from([1]);
    for (let level = 0; level < depth; level++) deepBytes = { value: deepBytes };
    const told: string[] = [];
    const ways: (() => unknown)[] = [deep, deepBytes].flatMap((value) => [
      () => io.emit('deep', value),
      () => io.to('nobody').emit('deep', value),
      () => io.serverSideEmit('deep', value),
      () => io.timeout(100).emitWithAck('deep', value),
    ]);
    for (const say of ways) {
      try {
        await say();
        told.push('');
      } catch (error) {
        told.push((error as Error).name);
      }
    }
    return told;
  }, levels);
}

/** The sockets of a node carry data that no encoder can write; another one asks for them. @returns how many it is told of. */
export async function fetchWithDeepData(node: ClusterNode, asking: ClusterNode, levels: number): Promise<number> {
  await node.evaluate((io, depth) => {
    let deep: unknown = 1;
    for (let level = 0; level < depth; level++) deep = [deep];
    for (const socket of io.sockets.sockets.values()) socket.data.deep = deep;
  }, levels);
  const count = await asking.evaluate((io) =>
    io.fetchSockets().then(
      (sockets) => sockets.length,
      (error: { responses: unknown[] }) => error.responses.length,
    ),
  );
  await node.evaluate((io) => {
    for (const socket of io.sockets.sockets.values()) delete socket.data.deep;
  });
  return count;
}
