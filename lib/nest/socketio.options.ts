import { RookeryError, type Rate, type ServerOptions } from '../server/index.js';
import type { AsyncOptions, OptionsFactory } from './async-options.js';
import type { RunInContext } from './context/event-context.js';
import type { EarlyClientsPolicy } from './http/early-clients.js';
import type { EngineMiddleware } from './http/engine-middleware.js';
import type { ConnectionGuardsPolicy } from './handshake/connection-guards-policy.js';
import type { UserId } from './handshake/user-room.js';
import type { GlobalEnhancerSwitch } from '../nest-common/index.js';
import type { AnswerStyleName } from './pipeline/answer-style.js';
import type { ErrorTarget } from './pipeline/answering-handler.js';
import type { RequestScope } from './pipeline/request-contexts.js';
import type { SocketIoPresenceOptions } from './presence/presence.options.js';

/** Kinds of global enhancers that run for events; each is on unless it is `false`. */
export interface GlobalEnhancers extends GlobalEnhancerSwitch {
  /** @default true */
  readonly guards?: boolean;
  /** @default true */
  readonly pipes?: boolean;
  /** @default true */
  readonly interceptors?: boolean;
  /** @default true */
  readonly filters?: boolean;
}

/** Options of `SocketIoModule`: the server's, and those of its life inside a Nest application. */
export interface SocketIoModuleOptions extends ServerOptions {
  /**
   * Which limits count that no option sets: narrow ones, or those that a published client or application of the `socket.io`
   * package expects.
   *
   * With `strict`, nobody enters a namespace, and no client joins a room that it names, unless the gateway says who may.
   *
   * @default "strict"
   */
  security?: ServerOptions['security'];
  /**
   * Cross-origin access for Socket.IO: the application's own does not count for it, which is warned of where only that is
   * enabled; `attach: 'middleware'` shares it.
   *
   * @default false: none is granted.
   */
  cors?: ServerOptions['cors'];
  /**
   * As of the server; but `skipMiddlewares` is `false` unless it is set: a client that comes back is asked
   * again who it is, and `owner` is the user whom `userId` names: another user is a new client.
   *
   * @default off
   */
  connectionStateRecovery?: ServerOptions['connectionStateRecovery'];
  /**
   * As of the server; but a client that joins the room of its user for the first time gets everything that is kept, unless
   * `newcomers` says otherwise: what `toUser().emitReliable()` sends waits for users who have never been there.
   *
   * @default false
   */
  reliableDelivery?: ServerOptions['reliableDelivery'];
  /**
   * How long shutdown waits for disconnect hooks, for adapters (half of it) and for clients to take what was sent to them and
   * to answer the closing handshake, in milliseconds.
   *
   * What is not finished then is cut.
   *
   * @default 5_000
   */
  drainTimeout?: number;
  /**
   * Who keeps rooms and carries broadcasts: a class, or a function of the namespace.
   *
   * @default the provider `SOCKET_ADAPTER` where there is one, else in memory
   */
  adapter?: ServerOptions['adapter'];
  /**
   * How long the start waits for the adapter and its bus, in milliseconds; then it fails.
   *
   * @default 10_000
   */
  adapterTimeout?: number;
  /**
   * How `@SubscribeAck()` answers: `envelope` with `{ ok, data }` or `{ ok, error }`, `raw` with the value or the error
   * itself, `errorFirst` with `(null, value)` or `(error)`.
   *
   * @default "envelope"
   */
  ackStyle?: AnswerStyleName;
  /**
   * Where errors of handlers go when the client asked for an ack: into the ack, into an `exception` event, or both.
   *
   * Without an ack they are always an `exception` event.
   *
   * @default "ack"
   */
  errors?: ErrorTarget;
  /**
   * What happens to events that no handler and no listener is for: nothing, or an ack with status 404.
   *
   * @default "ignore"
   */
  onUnknownEvent?: 'ignore' | 'ack-error';
  /**
   * Whether `currentEvent()` tells which event is being handled; a function runs it in a storage of the application too.
   *
   * Counts for the handlers of gateways with everything around them, for their disconnect hooks, and for all that decides
   * about a connection: middlewares, authentication, connection guards and connect hooks. The module's lines of log name
   * namespace, event, socket and id then. Costs an `AsyncLocalStorage` run for each event.
   *
   * @default false
   */
  context?: boolean | RunInContext;
  /**
   * What becomes of clients that come before the application has started: refused with 503, or held until it has.
   *
   * @default "reject"
   */
  earlyClients?: EarlyClientsPolicy;
  /**
   * How HTTP requests reach the server: past the framework as a `listener`, or behind its `middleware`, such as that for
   * CORS and sessions, which then counts for Socket.IO too, upgrades excepted. On Fastify that is a route behind the
   * hooks of the application.
   *
   * @default "listener"
   */
  attach?: 'listener' | 'middleware';
  /**
   * Middlewares of connect's shape, such as `express-session`: they run in order for each request and each upgrade, before
   * the server sees it, on ports of gateways of `@nestjs/websockets` too.
   *
   * Functions; or Nest's `NestMiddleware`, as instances or classes. A class that is a provider of any module is taken as it
   * is; any other is made by `SocketIoModule`, once. `next(error)`, or an exception, refuses the request with 400; what is
   * no `HttpException` is logged.
   *
   * @default none
   */
  engineMiddlewares?: readonly EngineMiddleware[];
  /**
   * Which kinds of global enhancers, of `app.useGlobalGuards()` and `APP_GUARD` and so on, run for the events of gateways
   * too; a kind that is `false` counts for HTTP alone.
   *
   * Not of gateways of `@nestjs/websockets`, around whose events Nest puts them itself.
   *
   * @default all of them
   */
  globalEnhancers?: GlobalEnhancers;
  /**
   * Who may enter a namespace none of whose gateways says who may, by `@NamespaceAuth()`, `@UseConnectionGuards()` or
   * `@PublicNamespace()`: everybody; or nobody, with `data.status` 403.
   *
   * That is every namespace: the main one where it has no gateway, those of gateways of `@nestjs/websockets`, on ports of
   * their own too, and those that the application makes with `server.of()`. To open one of these on the application's
   * port, declare an empty gateway for it.
   *
   * @default "deny", except for namespaces of gateways of `@nestjs/websockets`, which stay open and are named in a
   * warning; "allow" where `security` is "compatible"
   */
  defaultAccess?: 'allow' | 'deny';
  /**
   * How many rooms a socket may be in by `@JoinRoom()`; beyond, the ack is an error with status 429 and this name as its
   * `code`. Of a socket that connection state recovery brings back, all rooms count that it comes back with.
   *
   * @default 256; `Infinity` where `security` is "compatible"
   */
  maxRoomsPerSocket?: number;
  /**
   * How often a socket may call methods with `@JoinRoom()` or `@LeaveRoom()`; beyond, the ack is an error with status 429
   * and this name as its `code`, and nobody's policy is asked. `false` for any number.
   *
   * @default `{ perSecond: 20, burst: 100 }`; `false` where `security` is "compatible"
   */
  joinRate?: Rate | false;
  /**
   * The id of a user, under which `Broadcaster.toUser()` reaches the user's sockets; `undefined` for none.
   *
   * Asked when a socket with a user enters a namespace.
   *
   * @default the user's `id`, or else `sub`
   */
  // The border to the application: whatever its strategies make of a user.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  userId?: (user: any) => UserId | undefined;
  /**
   * How many connections a user may have to this process at a time; a function tells it of a user, with `undefined` for
   * any number, and 0 for none.
   *
   * Users are who `userId` names. Several namespaces on one connection count once. A client that is gone counts until the
   * server knows: at most `pingInterval` and `pingTimeout`.
   *
   * @default any number
   */
  // The border to the application: whatever its strategies make of a user.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  maxConnectionsPerUser?: number | ((user: any) => number | undefined);
  /**
   * What becomes of a connection beyond `maxConnectionsPerUser`: refused with `data.status` 429; or let in, and the user's
   * oldest one is disconnected.
   *
   * Whoever is disconnected gets an `exception` event with status 429 before. So does who cannot be refused any more: in
   * a namespace without a gateway of ours, where only the application knows its users.
   *
   * @default "refuse"
   */
  onTooManyConnections?: 'refuse' | 'disconnect-oldest';
  /**
   * Which guards a client passes before it is connected: those of `@UseConnectionGuards()`, or behind them those of
   * `@UseGuards()` on the class too, which then count for events and for connections. Not global ones, and not those of a
   * gateway with `@PublicNamespace()`.
   *
   * @default "declared"
   */
  connectionGuards?: ConnectionGuardsPolicy;
  /**
   * How long what is request-scoped is used, gateways and what they inject: one instance per event, or one per connection
   * to a namespace, which its connection guards and its connect and disconnect hooks share.
   *
   * @default "event"
   */
  scope?: RequestScope;
  /**
   * Who is present, for every namespace from its start on; `namespaces` has options of single ones.
   *
   * Without it a namespace knows who is present once `@OnPresence()` or `Presence` asks for it.
   *
   * @default off
   */
  presence?: SocketIoPresenceOptions;
}

type AdapterTimeoutOption = Pick<SocketIoModuleOptions, 'adapterTimeout'>;

/** Makes the options when they depend on other providers. */
export type SocketIoOptionsFactory = OptionsFactory<SocketIoModuleOptions>;

/** Options of `SocketIoModule.forRootAsync()`. */
export type SocketIoModuleAsyncOptions = AsyncOptions<SocketIoModuleOptions>;

const defaultDrainTimeout = 5_000;
const defaultAdapterTimeout = 10_000;
/** The longest time that a timer of the platform can be set to. */
const longestTimeout = 2 ** 31 - 1;

/**
 * The drain time of the options, or the default.
 *
 * @throws RookeryError `INVALID_OPTION` for what no timer can be set to.
 */
export function drainTimeoutOf({ drainTimeout = defaultDrainTimeout }: SocketIoModuleOptions): number {
  return milliseconds('drainTimeout', drainTimeout);
}

/**
 * The time of the options that adapters have to start, or the default.
 *
 * @throws RookeryError `INVALID_OPTION` for what no timer can be set to.
 */
export function adapterTimeoutOf({ adapterTimeout = defaultAdapterTimeout }: AdapterTimeoutOption): number {
  return milliseconds('adapterTimeout', adapterTimeout);
}

function milliseconds(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= longestTimeout) return value;
  throw new RookeryError(
    'INVALID_OPTION',
    `${name} is a number of milliseconds from 0 to ${longestTimeout}, not ${String(value)}`,
  );
}

/** @throws RookeryError `INVALID_OPTION` for a kind that is none, or a value that is no switch. */
export function globalEnhancersOf({ globalEnhancers = {} }: SocketIoModuleOptions): GlobalEnhancers {
  const kinds: readonly string[] = ['guards', 'pipes', 'interceptors', 'filters'];
  for (const [kind, value] of Object.entries(globalEnhancers as object)) {
    if (kinds.includes(kind) && (typeof value === 'boolean' || value === undefined)) continue;
    throw new RookeryError(
      'INVALID_OPTION',
      `globalEnhancers has ${kinds.join(', ')}, each true or false, and not ${kind}: ${String(value)}`,
    );
  }
  return globalEnhancers;
}
