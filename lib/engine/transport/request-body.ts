import type { IncomingMessage } from 'node:http';

/** How the reading of a body ended. */
export type BodyOutcome =
  { readonly kind: 'complete'; readonly body: Buffer } | { readonly kind: 'too-large' } | { readonly kind: 'aborted' };

/**
 * Reads a request's body, at most `limit` bytes.
 *
 * Reading stops as soon as the limit is passed, or at once when the length that the client announces is above it.
 *
 * @param done called once, unless the reading is given up before.
 * @returns gives it up.
 */
export function readBody(request: IncomingMessage, limit: number, done: (outcome: BodyOutcome) => void): () => void {
  const chunks: Buffer[] = [];
  let size = 0;

  const stop = (): void => {
    request.off('data', onData);
    request.off('end', onEnd);
    request.off('close', onClose);
  };
  const finish = (outcome: BodyOutcome): void => {
    stop();
    done(outcome);
  };
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > limit) {
      request.pause();
      finish({ kind: 'too-large' });
      return;
    }
    chunks.push(chunk);
  };
  const onEnd = (): void => {
    finish({ kind: 'complete', body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) });
  };
  const onClose = (): void => finish({ kind: 'aborted' });

  // One that had to wait may be gone already.
  if (request.destroyed) {
    done({ kind: 'aborted' });
    return noOperation;
  }
  if (Number(request.headers['content-length']) > limit) {
    done({ kind: 'too-large' });
    return noOperation;
  }
  request.on('data', onData);
  request.on('end', onEnd);
  request.on('close', onClose);
  return stop;
}

function noOperation(): void {}
