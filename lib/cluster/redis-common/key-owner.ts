/** How long the nodes of a Redis Cluster may take to tell which of them has a key, in milliseconds. */
const patience = 2_000;

/** What names a key and does nothing else. */
export function questionFor(key: string): [command: string, key: string] {
  return ['EXISTS', key];
}

/**
 * The master of a Redis Cluster that has a key: it answers, the others refuse.
 *
 * A client of a whole cluster sends what was refused again by itself, and so behind what was sent later: what has to keep
 * its order needs a connection to this node alone.
 *
 * @param askCluster asks over such a client, which learns by it where the key is now.
 * @param masters those that are known then.
 * @param ask asks one of them, and rejects when it has not got the key.
 */
export async function ownerOf<Node>(
  askCluster: () => Promise<unknown>,
  masters: () => readonly Node[],
  ask: (node: Node) => Promise<unknown>,
): Promise<Node> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error('No master of the Redis Cluster has said that it has the key')),
      patience,
    );
    timer.unref();
  });
  const find = async (): Promise<Node> => {
    await askCluster();
    return Promise.any(masters().map((node) => ask(node).then(() => node)));
  };
  try {
    return await Promise.race([find(), late]);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    clearTimeout(timer!);
  }
}
