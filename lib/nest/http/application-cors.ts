import { Logger } from '@nestjs/common';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { SocketIoModuleOptions } from '../socketio.options.js';

type Next = (error?: unknown) => void;

/** The part of an Express application that tells what it runs. */
interface ExpressLike {
  readonly router?: {
    readonly stack?: readonly {
      readonly name?: string;
      readonly slash?: boolean;
      handle(request: IncomingMessage, response: ServerResponse, next: Next): void;
    }[];
  };
}

/** The part of a Fastify instance that tells what its plugins have added, and takes requests. */
interface FastifyLike {
  hasRequestDecorator(name: string): boolean;
  routing(request: IncomingMessage, response: ServerResponse): void;
}

interface Platform {
  isEnabled(app: unknown): boolean;
  /** Puts what the application grants to the origin of a request onto the response, then calls `next`. */
  grant(app: unknown, request: IncomingMessage, response: ServerResponse, next: Next): void;
}

const platforms = {
  // `app.enableCors()` of Express is the middleware of the `cors` package, which has a name.
  express: {
    isEnabled: (app) => corsLayerOf(app) !== undefined,
    grant: (app, request, response, next) => {
      const layer = corsLayerOf(app);
      if (layer === undefined) next();
      else layer.handle(request, response, next);
    },
  },
  // `@fastify/cors` decorates requests. Its hook wants a request of Fastify: a preflight is the one that nothing else sees.
  fastify: {
    isEnabled: (app) => (app as FastifyLike).hasRequestDecorator('corsPreflightEnabled'),
    grant: (app, request, response, next) => askByPreflight(app as FastifyLike, request, response, next),
  },
} as const satisfies Record<string, Platform>;

const grantHeader = 'access-control-allow-origin';

/** Nothing of it leaves: its answer is looked at, and dropped. */
function askByPreflight(app: FastifyLike, request: IncomingMessage, response: ServerResponse, next: Next): void {
  const { url, socket } = request;
  const { origin, host } = request.headers;
  const headers = { origin, host, 'access-control-request-method': 'GET' };
  const preflight = Object.assign(new IncomingMessage(socket), { method: 'OPTIONS', url, headers, complete: true });
  preflight.push(null);
  const answer = new ServerResponse(preflight);
  answer.writeHead = (_status: number, ...given: unknown[]) => {
    const granted = (given.at(-1) as Readonly<Record<string, unknown>> | undefined)?.[grantHeader];
    if (typeof granted === 'string') response.setHeader(grantHeader, granted);
    return answer;
  };
  answer.end = () => {
    next();
    return answer;
  };
  app.routing(preflight, answer);
}

function corsLayerOf(app: unknown) {
  const stack = (app as ExpressLike).router?.stack ?? [];
  return stack.find(({ name, slash }) => name === 'corsMiddleware' && slash !== false);
}

function platformOf(name: string): Platform | undefined {
  return Object.hasOwn(platforms, name) ? platforms[name as keyof typeof platforms] : undefined;
}

/**
 * Asks the CORS of the application about upgrades, which go past the application: an engine middleware.
 *
 * @param app the framework's.
 */
export function applicationCors(platform: string, app: unknown) {
  const cors = platformOf(platform);
  return (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const isUpgrade = (request as { upgrade?: boolean }).upgrade === true;
    const isAsked = isUpgrade && request.headers.origin !== undefined && !response.hasHeader(grantHeader);
    if (cors !== undefined && isAsked && cors.isEnabled(app)) cors.grant(app, request, response, next);
    else next();
  };
}

/**
 * Warns of an application that lets other origins in by a CORS that does not count for Socket.IO.
 *
 * @param app the framework's, once everything in it is in place.
 */
export function warnOfForeignCors(options: SocketIoModuleOptions, platform: string, app: unknown): void {
  const isSettled = options.cors !== undefined || options.attach === 'middleware';
  if (isSettled || platformOf(platform)?.isEnabled(app) !== true) return;
  new Logger('SocketIoModule').warn(
    "The application lets other origins in (`cors` of NestFactory.create(), or app.enableCors()), and this does not count for Socket.IO: their browsers cannot connect. Set `cors` in SocketIoModule.forRoot() too, or attach: 'middleware' there, which shares the application's; `cors: false` there keeps other origins out without this warning",
  );
}
