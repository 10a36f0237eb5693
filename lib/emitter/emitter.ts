import {
  adaptersStarted,
  RookeryError,
  Server,
  type DefaultEventsMap,
  type EventsMap,
  type ServerOptions,
} from '../server/index.js';

/** Options of `createEmitter()`. */
export interface EmitterOptions extends Pick<
  ServerOptions,
  'parser' | 'ackTimeout' | 'log' | 'onError' | 'reliableDelivery'
> {
  /** The adapter of the nodes that have the clients, with the same settings. */
  adapter: NonNullable<ServerOptions['adapter']>;
  /** How long the start waits for the adapter and its bus, in milliseconds. @default 10_000 */
  adapterTimeout?: number;
}

/** What a process that serves no clients can do to those of others; `of()` does the same in another namespace. */
export type Emitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> = Pick<
  Server<DefaultEventsMap, EmitEvents, ServerSideEvents>,
  | 'of'
  | 'to'
  | 'in'
  | 'except'
  | 'emit'
  | 'emitWithAck'
  | 'volatile'
  | 'compress'
  | 'timeout'
  | 'fetchSockets'
  | 'socketsJoin'
  | 'socketsLeave'
  | 'disconnectSockets'
  | 'serverSideEmit'
  | 'serverSideEmitWithAck'
> &
  AsyncDisposable & {
    /** Closes the adapter; what was broadcast before has been handed to it. */
    close(): Promise<void>;
  };

/**
 * Lets a process broadcast that serves no clients itself, such as a worker or a script.
 *
 * @throws RookeryError `INVALID_OPTION` without an adapter, `ADAPTER_FAILED` when its bus does not answer in time.
 */
export async function createEmitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
>(options: EmitterOptions): Promise<Emitter<EmitEvents, ServerSideEvents>> {
  const { adapterTimeout = 10_000, ...serverOptions } = options;
  if (options.adapter === undefined) {
    throw new RookeryError('INVALID_OPTION', 'An emitter needs the adapter of the nodes that have the clients');
  }
  // Never attached to an HTTP server.
  const server = new Server<DefaultEventsMap, EmitEvents, ServerSideEvents>(serverOptions);
  try {
    await adaptersStarted(server, adapterTimeout);
  } catch (error) {
    await server.close();
    throw error;
  }
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}
