import type { Namespace, Socket } from '../../../lib/server/index.js';
import { Ledger } from './ledger.js';
import { thrown } from './thrown.js';

// An application in which everything fails that can: at once, later, with errors and with things that are none.

const ledger = new Ledger({
  allowRequest: (request, decide) => {
    const how = new URL(request.url ?? '', 'http://localhost').searchParams.get('allow');
    if (how === 'throws') throw new Error('allowRequest failed');
    decide(null, true);
    if (how === 'throws behind its answer') throw new Error('allowRequest failed late');
    if (how === 'answers twice') decide('no', false);
  },
});
const { io } = ledger;

/** Values that JSON cannot encode, or only with effort. */
const unsendable: Readonly<Record<string, () => unknown>> = {
  bigint: () => 1n,
  circle: () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    return circle;
  },
  'circle with bytes': () => {
    const circle: Record<string, unknown> = { bytes: Buffer.from([1]) };
    circle['self'] = circle;
    return circle;
  },
  deep: () => {
    let value: unknown = 1;
    for (let level = 0; level < 200_000; level++) value = [value];
    return value;
  },
  'deep with bytes': () => {
    let value: unknown = Buffer.from([1]);
    for (let level = 0; level < 200_000; level++) value = { value };
    return value;
  },
  getter: () => ({
    get value(): never {
      throw new Error('the getter failed');
    },
  }),
  toJSON: () => ({
    toJSON() {
      throw new Error('toJSON failed');
    },
  }),
  proxy: () =>
    new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('the proxy failed');
        },
      },
    ),
};

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

const serve = (socket: Socket): void => {
  socket.on('alive', (answer?: () => void) => answer?.());
};
io.on('connection', serve);
io.on('connection', (socket: Socket) => {
  socket.on('throws', (what: string) => {
    throw thrown[what]!();
  });
  socket.on('rejects', async (what: string) => {
    throw thrown[what]!();
  });
  socket.on('rejects later', async (what: string) => {
    await later();
    throw thrown[what]!();
  });
  socket.on('throws behind its answer', (answer: () => void) => {
    answer();
    throw new Error('failed');
  });
  socket.on('answers twice', (answer: (value: number) => void) => {
    answer(1);
    answer(2);
  });
  socket.on('answers when its client is gone', async (answer: () => void) => {
    await new Promise((resolve) => socket.once('disconnect', resolve));
    answer();
    socket.emit('late', 1);
    await socket.join('late');
  });
  socket.on('answers with', (what: string, answer: (value: unknown) => void) => answer(unsendable[what]!()));
  socket.on('emits', (what: string) => void socket.emit('value', unsendable[what]!()));
  socket.on('asks with', async (what: string) => void (await socket.emitWithAck('value', unsendable[what]!())));
  socket.on('broadcasts', (what: string) => void io.to(socket.id).emit('value', unsendable[what]!()));
  socket.on('disconnects and throws', () => {
    socket.disconnect(true);
    throw new Error('failed');
  });
  socket.on('fails when it is answered', () => {
    socket.emit('question', () => {
      throw new Error('the answer failed');
    });
  });
  socket.on('fails when its client is gone', () => {
    socket.on('disconnecting', () => {
      throw new Error('disconnecting failed');
    });
    socket.on('disconnect', async () => {
      throw new Error('disconnect failed');
    });
  });
  socket.on('fails in catch-alls', () => {
    socket.onAny(() => {
      throw new Error('onAny failed');
    });
    socket.onAnyOutgoing(() => {
      throw new Error('onAnyOutgoing failed');
    });
  });
  socket.on('fails in middlewares', (how: string) => {
    socket.use(([event], next) => {
      if (event !== 'through') return next();
      if (how === 'throws') throw new Error('use failed');
      if (how === 'rejects') return Promise.reject(new Error('use failed'));
      if (how === 'twice') next();
      if (how === 'null') return next(null as never);
      next(how === 'refuses' ? new Error('no') : undefined);
    });
  });
  socket.on('fails in its error listener', () => {
    socket.on('error', () => {
      throw new Error('the error listener failed');
    });
  });
});

const failing: Readonly<Record<string, (namespace: Namespace) => unknown>> = {
  '/middleware-throws': (namespace) =>
    namespace.use(() => {
      throw new Error('the middleware failed');
    }),
  '/middleware-rejects': (namespace) =>
    namespace.use(async () => {
      await later();
      throw new Error('the middleware failed');
    }),
  '/middleware-throws-bare': (namespace) =>
    namespace.use(() => {
      throw Object.create(null) as Error;
    }),
  '/middleware-twice': (namespace) =>
    namespace.use((_socket, next) => {
      next();
      next(new Error('too late'));
      next();
    }),
  '/middleware-refuses-and-throws': (namespace) =>
    namespace.use((_socket, next) => {
      next(new Error('no'));
      throw new Error('the middleware failed');
    }),
  '/middleware-unsendable': (namespace) =>
    namespace.use((_socket, next) => next(Object.assign(new Error('no'), { data: { big: 1n } }))),
  '/middleware-disconnects': (namespace) =>
    namespace.use((socket, next) => {
      socket.disconnect(true);
      next();
    }),
  '/connection-throws': (namespace) =>
    namespace.on('connection', () => {
      throw new Error('the connection failed');
    }),
  '/connection-rejects': (namespace) =>
    namespace.on('connection', async () => {
      throw new Error('the connection failed');
    }),
  '/connection-disconnects': (namespace) => namespace.on('connection', (socket) => void socket.disconnect(true)),
};
for (const [name, fail] of Object.entries(failing)) {
  const namespace = io.of(name) as Namespace;
  fail(namespace);
  namespace.on('connection', serve);
}
io.of((name) => {
  if (name === '/matcher-throws') throw new Error('the matcher failed');
  return false as never;
});

io.engine.use((request, _response, next) => {
  const how = new URL(request.url ?? '', 'http://localhost').searchParams.get('middleware');
  if (how === 'throws') throw new Error('the engine middleware failed');
  next(how === 'refuses' ? new Error('no') : undefined);
});

ledger.serve();
