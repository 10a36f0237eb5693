import cluster, { type Worker } from 'node:cluster';
import type { NodeId } from '../../adapter/index.js';
import { MessageType } from '../../adapter/index.js';
import { isAboutLogs } from './log-wire.js';
import { PrimaryLogs } from './primary-logs.js';
import { adapterSource, isAdapterMessage, type AdapterMessage } from './wire.js';

/** The nodes of each worker, and their namespaces. */
const nodes = new Map<Worker, Map<NodeId, string>>();
const logs = new PrimaryLogs();
let isSetUp = false;

/**
 * Has the primary pass the messages of adapters on between its workers. Call it before `cluster.fork()`.
 *
 * Answers go to the worker that asked alone; when a worker is gone, the primary says goodbye for it. It keeps what is
 * delivered reliably, in its memory. Messages are serialized so that bytes come through. `clusterize()` does this itself.
 */
export function setupPrimary(): void {
  if (isSetUp) return;
  isSetUp = true;
  cluster.setupPrimary({ serialization: 'advanced' });
  cluster.on('message', onMessage);
  // Behind the last message of the worker; but Node may not tell of it when the worker is killed.
  cluster.on('disconnect', sayGoodbye);
  cluster.on('exit', sayGoodbye);
}

function onMessage(from: Worker, message: unknown): void {
  if (isAdapterMessage(message)) passOn(from, message);
  else if (isAboutLogs(message)) void logs.answer(message).then((answer) => send(from, answer));
}

function passOn(from: Worker, message: AdapterMessage): void {
  remember(from, message);
  const { requesterUid } = message;
  if (typeof requesterUid !== 'string') {
    sendToOthers(from, message);
    return;
  }
  const owner = ownerOf(requesterUid);
  if (owner !== undefined) send(owner, message);
}

function remember(worker: Worker, { uid, nsp, type }: AdapterMessage): void {
  let own = nodes.get(worker);
  if (own === undefined) nodes.set(worker, (own = new Map()));
  if (type === MessageType.ADAPTER_CLOSE) own.delete(uid);
  else if (!own.has(uid)) own.set(uid, nsp);
}

function ownerOf(node: NodeId): Worker | undefined {
  for (const [worker, own] of nodes) if (own.has(node)) return worker;
  return undefined;
}

function sayGoodbye(worker: Worker): void {
  const own = nodes.get(worker);
  nodes.delete(worker);
  for (const [uid, nsp] of own ?? []) {
    sendToOthers(worker, { source: adapterSource, uid, nsp, type: MessageType.ADAPTER_CLOSE });
  }
}

function sendToOthers(from: Worker, message: AdapterMessage): void {
  for (const worker of Object.values(cluster.workers ?? {})) {
    if (worker !== undefined && worker !== from) send(worker, message);
  }
}

function send(worker: Worker, message: object): void {
  // One that is about to go gets no more; its goodbye settles what it owes.
  if (worker.isConnected()) worker.send(message, undefined as never, undefined, ignore);
}

function ignore(): void {}
