import type { INestApplication } from '@nestjs/common';
import { RookeryError } from '../../server/index.js';
import type { AsyncApiDocument } from './document.js';

/**
 * Serves a document as JSON to `GET` requests for a path, on express and fastify.
 *
 * Call it before `app.listen()`. No guard, interceptor or global prefix of the application is about it.
 *
 * @param path begins with a slash: `/asyncapi.json`.
 * @throws RookeryError `INVALID_OPTION` for another path.
 */
export function serveAsyncApi(app: INestApplication, path: string, document: AsyncApiDocument): void {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw new RookeryError('INVALID_OPTION', `The path of the document begins with a slash, unlike ${String(path)}`);
  }
  const adapter = app.getHttpAdapter();
  const body = JSON.stringify(document);
  adapter.get(path, (_request: unknown, response: unknown) => {
    adapter.setHeader?.(response, 'Content-Type', 'application/json; charset=utf-8');
    adapter.reply(response, body, 200);
  });
}
