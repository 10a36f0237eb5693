import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import pg from 'pg';
import type { Server } from '../../../lib/server/index.js';
import { end } from '../../support/cluster-process.js';
import { startNats } from '../../support/nats.js';
import { startPostgres } from '../../support/postgres.js';
import { debian, type DebianProgram } from '../../support/programs.js';
import { startRedis } from '../../support/redis.js';

/** Who serves on a node: this package, or the published one. */
export type ServerName = 'rookery' | 'socket.io';

/** What broadcasts on a node that serves nobody: `createEmitter()`, or `EmitterModule`. */
export type EmitterName = 'emitter' | 'emitter module';

/** What a node is started with. */
export interface NodeParameters {
  readonly server: ServerName | EmitterName;
  readonly adapter: string;
  readonly options?: object;
  /** Where it reaches the broker, when not where that listens. */
  readonly brokerPort?: number;
  /** What the adapter is told besides, where it has such options. */
  readonly adapterOptions?: object;
}

/** What carries messages between nodes, and starts nodes that use it. */
export interface Broker {
  /** Where it listens, if it does. */
  readonly port: number | undefined;
  startNode(parameters: NodeParameters): Promise<ClusterNode>;
  stop(): Promise<void>;
}

/** How a node's process is reached. */
interface Link {
  send(message: object): void;
  /** Lets it end by itself. */
  stop(): void;
}

interface Message {
  readonly ready?: { readonly port: number; readonly pid: number };
  readonly call?: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** How long nodes wait for the acks of a broadcast that sets no time, in milliseconds. */
export const ackTimeout = 1_000;

/** Where the adapter puts what does not fit into a notification. */
const attachments =
  'CREATE TABLE socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)';
const folder = 'test/interop/published-adapters';

/** A server in a process of its own. */
export class ClusterNode {
  readonly server: ServerName | EmitterName;
  readonly #link: Link;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #onReady!: () => void;
  #onNotReady!: (error: Error) => void;
  #onExit!: () => void;
  #isGone = false;
  #lastCall = 0;
  #port = 0;
  #pid = 0;

  private constructor(server: ServerName | EmitterName, link: Link) {
    this.server = server;
    this.#link = link;
    this.#ready = new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onNotReady = reject;
    });
    this.#exited = new Promise((resolve) => {
      this.#onExit = resolve;
    });
  }

  /** @param open gives the node its link; `onMessage` and `onExit` are called from then on. */
  static async start(
    server: ServerName | EmitterName,
    open: (onMessage: (message: Message) => void, onExit: (output: string) => void) => Link,
  ): Promise<ClusterNode> {
    const node: ClusterNode = new ClusterNode(
      server,
      open(
        (message) => node.#onMessage(message),
        (output) => node.#onGone(output),
      ),
    );
    await node.#ready;
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /**
   * Runs a function in the node's process.
   *
   * @param run sees nothing of its surroundings here, only its arguments; they and its result are copied.
   */
  evaluate<Args extends unknown[], Result>(
    run: (io: Server, ...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result> {
    return this.#call('evaluate', String(run), args) as Promise<Result>;
  }

  /** Resolves once the broker has done what the node has asked of it so far. */
  async settle(): Promise<void> {
    await this.#call('settle');
  }

  /** How many acks its sockets wait for. */
  openAcks(): Promise<number> {
    return this.#call('openAcks') as Promise<number>;
  }

  /** The warnings and errors of the server since this was asked before, where it keeps them. */
  logged(): Promise<string[]> {
    return this.#call('logged') as Promise<string[]>;
  }

  /** Ends the process without a chance to say good-bye. */
  async kill(): Promise<void> {
    process.kill(this.#pid, 'SIGKILL');
    await this.#exited;
  }

  /** Asks the process to end, as an operator does; resolves when it has. */
  async terminate(): Promise<void> {
    process.kill(this.#pid, 'SIGTERM');
    await this.#exited;
  }

  /** Stops the process for a while, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#pid, name);
  }

  /** Ends the process; safe to call twice. */
  async stop(): Promise<void> {
    if (!this.#isGone) {
      this.signal('SIGCONT');
      this.#link.stop();
    }
    await this.#exited;
  }

  #call(operation: string, ...operands: unknown[]): Promise<unknown> {
    const call = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      if (this.#isGone) {
        reject(new Error('The node has ended'));
        return;
      }
      this.#calls.set(call, { resolve, reject });
      this.#link.send({ call, operation, operands });
    });
  }

  #onMessage({ ready, call, value, error }: Message): void {
    if (ready !== undefined) {
      this.#port = ready.port;
      this.#pid = ready.pid;
      this.#onReady();
      return;
    }
    const waiting = this.#calls.get(call!);
    this.#calls.delete(call!);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(`In a node: ${error}`));
  }

  #onGone(output: string): void {
    this.#isGone = true;
    const error = new Error(`A node has ended:\n${output}`);
    this.#onNotReady(error);
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    this.#onExit();
  }
}

/** What carries the messages of a cluster, and what it takes to start it. */
export interface BrokerKind {
  readonly needs: readonly DebianProgram[];
  start(): Promise<Broker>;
}

/** Redis, with nodes that are children of this process. */
export const redisBroker: BrokerKind = { needs: [debian.redis], start: startRedisBroker };

/** NATS, with nodes that are children of this process. */
export const natsBroker: BrokerKind = { needs: [debian.nats], start: startNatsBroker };

/** PostgreSQL, with nodes that are children of this process. */
export const postgresBroker: BrokerKind = { needs: [debian.postgres], start: startPostgresBroker };

/** A primary of `node:cluster`, with nodes that are its workers. @param primary whose `setupPrimary()` it calls. */
export function nodeClusterBroker(primary: ServerName): BrokerKind {
  return { needs: [], start: () => startNodeClusterBroker(primary) };
}

async function startRedisBroker(): Promise<Broker> {
  const redis = await startRedis();
  return {
    port: redis.port,
    startNode: (parameters) => startChild({ ...parameters, redisPort: parameters.brokerPort ?? redis.port }),
    stop: () => redis.stop(),
  };
}

async function startNatsBroker(): Promise<Broker> {
  const nats = await startNats();
  return {
    port: nats.port,
    startNode: (parameters) => startChild({ ...parameters, natsPort: parameters.brokerPort ?? nats.port }),
    stop: () => nats.stop(),
  };
}

async function startPostgresBroker(): Promise<Broker> {
  const postgres = await startPostgres();
  const client = new pg.Client({ host: '127.0.0.1', port: postgres.port, user: 'postgres' });
  try {
    await client.connect();
    await client.query(attachments);
  } catch (error) {
    await postgres.stop();
    throw error;
  } finally {
    await client.end();
  }
  return {
    port: postgres.port,
    startNode: (parameters) => startChild({ ...parameters, postgresPort: parameters.brokerPort ?? postgres.port }),
    stop: () => postgres.stop(),
  };
}

async function startNodeClusterBroker(of: ServerName): Promise<Broker> {
  const { child: primary, output } = run('primary.mjs', { PRIMARY: of });
  const nodes = new Map<number, { onMessage(message: Message): void; onExit(output: string): void }>();
  primary.on('message', ({ key, message, exited }: { key: number; message: Message; exited?: boolean }) => {
    if (exited === true) nodes.get(key)?.onExit(output());
    else nodes.get(key)?.onMessage(message);
  });
  primary.once('exit', () => {
    for (const { onExit } of nodes.values()) onExit(output());
  });
  return {
    port: undefined,
    startNode: (parameters) =>
      ClusterNode.start(parameters.server, (onMessage, onExit) => {
        const key = nodes.size;
        nodes.set(key, { onMessage, onExit });
        primary.send({ key, env: environment(parameters) });
        return { send: (message) => primary.send({ key, message }), stop: () => primary.send({ key, stop: true }) };
      }),
    stop: () => end(primary, 'SIGTERM'),
  };
}

function startChild(
  parameters: NodeParameters & { redisPort?: number; natsPort?: number; postgresPort?: number },
): Promise<ClusterNode> {
  return ClusterNode.start(parameters.server, (onMessage, onExit) => {
    const { child, output } = run('node.mjs', environment(parameters));
    child.on('message', (message) => onMessage(message as Message));
    child.once('exit', () => onExit(output()));
    return { send: (message) => child.send(message), stop: () => child.disconnect() };
  });
}

function environment(parameters: NodeParameters): Record<string, string> {
  const { options, ...others } = parameters;
  return { CLUSTER_NODE: JSON.stringify({ ...others, options: { ackTimeout, ...options } }) };
}

function run(program: string, env: Record<string, string>): { child: ChildProcess; output: () => string } {
  if (!existsSync('dist/esm/server/index.js')) throw new Error('The package is not built; npm run build');
  const child = fork(`${folder}/${program}`, {
    env: { ...process.env, ...env },
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output };
}
