import { Logger } from '@nestjs/common';
import type { SocketIoModuleOptions } from '../socketio.options.js';

/** The part of an Express application that tells what it runs. */
interface ExpressLike {
  readonly router?: { readonly stack?: readonly { readonly name?: string; readonly slash?: boolean }[] };
}

/** The part of a Fastify instance that tells what its plugins have added. */
interface FastifyLike {
  hasRequestDecorator(name: string): boolean;
}

const isEnabledOn = {
  // `app.enableCors()` of Express is the middleware of the `cors` package, which has a name.
  express: (app) =>
    ((app as ExpressLike).router?.stack ?? []).some(({ name, slash }) => name === 'corsMiddleware' && slash !== false),
  // `@fastify/cors` decorates requests.
  fastify: (app) => (app as FastifyLike).hasRequestDecorator('corsPreflightEnabled'),
} as const satisfies Record<string, (app: unknown) => boolean>;

/**
 * Warns of an application that lets other origins in by a CORS that does not count for Socket.IO.
 *
 * @param app the framework's, once everything in it is in place.
 */
export function warnOfForeignCors(options: SocketIoModuleOptions, platform: string, app: unknown): void {
  const isSettled = options.cors !== undefined || options.attach === 'middleware';
  if (isSettled || !Object.hasOwn(isEnabledOn, platform)) return;
  if (!isEnabledOn[platform as keyof typeof isEnabledOn](app)) return;
  new Logger('SocketIoModule').warn(
    "The application lets other origins in (`cors` of NestFactory.create(), or app.enableCors()), and this does not count for Socket.IO: their browsers cannot poll. Set `cors` in SocketIoModule.forRoot() too, or attach: 'middleware' there, which shares the application's; `cors: false` there keeps other origins out without this warning",
  );
}
