import type { WebTransportSession, WebTransportStream } from '../../../lib/engine/index.js';
import type { Server } from '../../../lib/server/index.js';

const longest = 8_000;

/**
 * Hands bytes to a server as the first stream of a WebTransport session that exists in memory.
 *
 * @param chunks in base64, one per read; without any there is no stream.
 * @param isEnded whether the stream ends behind them.
 * @returns whether the session was closed, and whether anything was answered.
 */
export async function webTransportOf(io: Server, chunks: readonly string[], isEnded: boolean): Promise<string> {
  let close!: () => void;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  let answered = 0;
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      answered += chunk.byteLength;
    },
  });
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new Uint8Array(Buffer.from(chunk, 'base64')));
      if (isEnded) controller.close();
    },
  });
  const incomingBidirectionalStreams = new ReadableStream<WebTransportStream>({
    start(controller) {
      if (chunks.length > 0) controller.enqueue({ readable, writable });
    },
  });
  const session: WebTransportSession = { incomingBidirectionalStreams, closed, close: () => close() };
  void io.engine.onWebTransportSession(session);
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const isClosed = await Promise.race([
    closed.then(() => true),
    new Promise<boolean>((resolve) => {
      deadline = setTimeout(() => resolve(false), longest);
    }),
  ]);
  clearTimeout(deadline);
  close();
  return `${isClosed ? 'closed' : 'open'}, ${answered > 0 ? 'answered' : 'no answer'}`;
}
