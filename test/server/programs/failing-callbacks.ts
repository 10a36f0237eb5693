import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RecoveringAdapter, type AdapterHost } from '../../../lib/adapter/index.js';
import type { EngineSocket } from '../../../lib/engine/index.js';
import { Server, type Namespace, type ServerOptions, type Socket } from '../../../lib/server/index.js';
import { answerQuestions } from '../../support/asked-process.js';
import { Failure } from '../../support/failing.js';

// An application whose every callback can fail: the one that `prepare` names does, once.

const failure = new Failure();
const [uncaught = 'report', listener = 'told'] = process.argv.slice(2);

/** The adapter of an application. */
class FailingAdapter extends RecoveringAdapter {
  constructor(nsp: AdapterHost) {
    super(nsp, { maxDisconnectionDuration: 60_000, maxSessions: 10, maxPackets: 10 });
    failure.at('adapter constructor');
  }
  override init(): Promise<void> | void {
    return failure.at('adapter.init') ?? super.init();
  }
  override close(): Promise<void> | void {
    return failure.at('adapter.close') ?? super.close();
  }
  override addAll(...args: Parameters<RecoveringAdapter['addAll']>): Promise<void> | void {
    return failure.at('adapter.addAll') ?? super.addAll(...args);
  }
  override addOne(...args: Parameters<RecoveringAdapter['addOne']>): Promise<void> | void {
    return failure.at('adapter.addOne') ?? super.addOne(...args);
  }
  override del(...args: Parameters<RecoveringAdapter['del']>): Promise<void> | void {
    return failure.at('adapter.del') ?? super.del(...args);
  }
  override delAll(id: string): Promise<void> | void {
    return failure.at('adapter.delAll') ?? super.delAll(id);
  }
  override broadcast(...args: Parameters<RecoveringAdapter['broadcast']>): Promise<void> | void {
    return failure.at('adapter.broadcast') ?? super.broadcast(...args);
  }
  override persistSession(...args: Parameters<RecoveringAdapter['persistSession']>): void {
    return failure.at('adapter.persistSession') ?? super.persistSession(...args);
  }
  override restoreSession(
    ...args: Parameters<RecoveringAdapter['restoreSession']>
  ): ReturnType<RecoveringAdapter['restoreSession']> {
    return failure.at('adapter.restoreSession') ?? super.restoreSession(...args);
  }
}

const failingListener: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('the listener failed');
  },
  rejects: () => Promise.reject(new Error('the listener failed')),
};
const httpServer = createServer();
const options: ServerOptions = {
  adapter: (nsp: AdapterHost) => new FailingAdapter(nsp),
  uncaught: uncaught as 'report',
  cleanupEmptyChildNamespaces: true,
  allowRequest: (_request, decide) => failure.at('allowRequest') ?? decide(null, true),
  cors: (_request, done) =>
    failure.at('cors') ?? done(null, { origin: (_origin, next) => failure.at('cors.origin') ?? next(null, true) }),
  checkOrigin: (_origin, _request, decide) => failure.at('checkOrigin') ?? decide(null, true),
  connectionStateRecovery: { skipMiddlewares: false, owner: () => failure.at('owner') },
  log: {
    warn() {},
    error: (message) => {
      if (listener !== 'told') failure.report(undefined, message);
      if (listener === 'log') throw new Error('the log failed');
    },
  },
  ...(listener !== 'log' && {
    onError: (error, { event }) => {
      if (listener === 'told') failure.report(error, event);
      return failingListener[listener]?.();
    },
  }),
};
const io = new Server(httpServer, options);
const { engine } = io;

const generateId = engine.generateId.bind(engine);
engine.generateId = (request: IncomingMessage | undefined) => failure.at('generateId') ?? generateId(request);
engine.use((_request, _response, next) => failure.at('engine.use') ?? next());
for (const event of ['connection', 'initial_headers', 'headers', 'connection_error', 'flush', 'drain', 'limit']) {
  engine.on(event, () => failure.at(`engine ${event}`));
}
engine.on('connection', (conn: EngineSocket) => {
  for (const event of [
    'packet',
    'packetCreate',
    'data',
    'message',
    'flush',
    'drain',
    'upgrade',
    'heartbeat',
    'close',
    'error',
  ]) {
    conn.on(event, () => failure.at(`conn ${event}`));
  }
});

const serve = (socket: Socket): void => {
  socket.onAny(() => failure.at('onAny'));
  socket.prependAny(() => failure.at('prependAny'));
  socket.onAnyOutgoing(() => failure.at('onAnyOutgoing'));
  socket.prependAnyOutgoing(() => failure.at('prependAnyOutgoing'));
  socket.use(([event], next) => failure.at('socket.use') ?? next(event === 'refused' ? new Error('no') : undefined));
  for (const event of ['event', 'error', 'disconnecting', 'disconnect']) socket.on(event, () => failure.at(event));
  socket.on('alive', (answer: () => void) => answer());
  socket.on('ask', () => socket.emit('question', () => failure.at('ack')));
  socket.on('ask in time', () => socket.timeout(60_000).emit('question', () => failure.at('ack in time')));
  socket.on('ask all', () => socket.nsp.to(socket.id).emit('question', () => failure.at('ack of all')));
  socket.on('send raw', () => void socket.conn.send('2["raw"]', () => failure.at('send')));
  socket.on('join', () => void socket.join('room'));
  socket.on('leave', () => void socket.leave('room'));
  socket.on('emit', () => void socket.emit('out'));
  socket.on('drop', () => void socket.conn.close(true));
};
const equip = (namespace: Namespace): void => {
  namespace.use((_socket, next) => failure.at('use') ?? next());
  namespace.on('connect', () => failure.at('connect'));
  namespace.on('connection', () => failure.at('connection'));
  namespace.on('connection', serve);
};
equip(io.sockets);
io.on('new_namespace', () => failure.at('new_namespace'));
// Behind the one that fails: it is called all the same.
io.on('new_namespace', (namespace: Namespace) => namespace.onClose(() => failure.at('close')));
equip(io.of((name, _auth, next) => failure.at('matcher') ?? next(null, name.startsWith('/made'))));
const dispatched = io.of('/dispatched');
dispatched.on('connection', serve);
dispatched.setDispatcher(() => failure.at('dispatcher') ?? false);

httpServer.listen(0, '127.0.0.1', () =>
  answerQuestions((httpServer.address() as AddressInfo).port, {
    prepare: (where: string, way: string, value: string) => failure.prepare(where, way, value),
    reported: () => failure.reported(),
    hasFailed: () => failure.hasFailed(),
    sockets: () => [...io.namespaces.values()].reduce((sum, { sockets }) => sum + sockets.size, 0),
  }),
);
