import type { Duplex } from 'node:stream';

type EndListener = (this: Duplex) => void;

/** What stands in for a listener of `ws`, which has the same one for all connections. */
const substitutes = new WeakMap<EndListener, EndListener>();

/**
 * Keeps `ws` from ending a connection again that it has ended before the peer did.
 *
 * It would end its receiver and the socket, and of each node makes an error with its stack, which nobody sees.
 *
 * @param socket has just been taken by `ws`: the last listener of its `end` is that of `ws`.
 */
export function endOnce(socket: Duplex): void {
  const listener = socket.listeners('end').at(-1) as EndListener | undefined;
  if (listener !== undefined) socket.off('end', listener).on('end', substituteFor(listener));
}

function substituteFor(listener: EndListener): EndListener {
  let substitute = substitutes.get(listener);
  if (substitute === undefined) {
    substitute = function () {
      if (!this.writableEnded) listener.call(this);
    };
    substitutes.set(listener, substitute);
  }
  return substitute;
}
