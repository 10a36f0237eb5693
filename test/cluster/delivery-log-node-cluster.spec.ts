import { EventEmitter } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LogQuestions } from '../../lib/cluster/node-cluster/log-questions.js';
import { isAboutLogs, logSource } from '../../lib/cluster/node-cluster/log-wire.js';
import { PrimaryLogs } from '../../lib/cluster/node-cluster/primary-logs.js';
import type { ProcessChannel } from '../../lib/cluster/node-cluster/worker-bus.js';
import { WorkerDeliveryLog } from '../../lib/cluster/node-cluster/worker-delivery-log.js';
import { describeDeliveryLog } from '../contract/delivery-log.contract.js';
import { roomy } from './delivery-logs.js';

const unknown = { epoch: 0, number: 0 };
/** As a channel with `serialization: 'advanced'` does it. */
const copy = (message: unknown): unknown => deserialize(serialize(message));

/** A worker, as its logs see its process; the primary stands at the other end. */
class FakeWorker extends EventEmitter implements ProcessChannel {
  readonly #primary: PrimaryLogs | null;
  failure: Error | null = null;

  constructor(primary: PrimaryLogs | null) {
    super();
    this.#primary = primary;
  }

  send(message: unknown, _handle: undefined, _options: undefined, callback: (error: Error | null) => void): void {
    const came = copy(message);
    callback(this.failure);
    if (this.failure !== null || this.#primary === null || !isAboutLogs(came)) return;
    void this.#primary.answer(came).then((answer) => this.emit('message', copy(answer)));
  }
}

for (const count of [1, 2] as const) {
  describeDeliveryLog('the primary of node:cluster', count, () => {
    const primary = new PrimaryLogs();
    return {
      open: (namespace, limits) =>
        new WorkerDeliveryLog(new LogQuestions(new FakeWorker(primary)), namespace, limits, 5_000),
      close: () => {},
    };
  });
}

describe('the logs of workers', () => {
  let worker: FakeWorker;
  let questions: LogQuestions;

  const start = (primary: PrimaryLogs | null, timeout = 5_000): WorkerDeliveryLog => {
    worker = new FakeWorker(primary);
    questions = new LogQuestions(worker);
    return new WorkerDeliveryLog(questions, '/chat', roomy, timeout);
  };

  it('share one listener of the process, and take it away with the last of them', () => {
    const first = start(new PrimaryLogs());
    const second = new WorkerDeliveryLog(questions, '/other', roomy, 5_000);
    const count = (): number[] => [worker.listenerCount('message'), worker.listenerCount('disconnect')];
    expect(count()).toEqual([1, 1]);
    first.close();
    first.close();
    expect(count()).toEqual([1, 1]);
    second.close();
    expect(count()).toEqual([0, 0]);
  });

  it('reject when the primary does not answer, and say what it has to call', async () => {
    const log = start(null, 50);
    await expect(log.append('r', ['news'])).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('setupPrimary()'),
    });
    log.close();
  });

  it('reject at once when the primary goes, or cannot be told', async () => {
    const log = start(null);
    const reading = log.read('r', unknown, 10);
    worker.emit('disconnect');
    await expect(reading).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    worker.failure = new Error('Channel closed');
    await expect(log.heads(['r'])).rejects.toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('Channel closed'),
    });
    log.close();
  });

  it('reject what cannot be written as JSON, or not be sent', async () => {
    const log = start(new PrimaryLogs());
    await expect(log.append('r', ['news', 1n])).rejects.toThrow('BigInt');
    await expect(log.append('r', ['news', { format() {} }])).rejects.toThrow('could not be cloned');
    expect(await log.heads(['r'])).toEqual([unknown]);
    log.close();
  });

  it('tell the primary of their limits, and of nothing that stands beside them', async () => {
    const given = { ...roomy, maxMessagesPerStream: 1, newcomers: () => 'none' };
    worker = new FakeWorker(new PrimaryLogs());
    const log = new WorkerDeliveryLog(new LogQuestions(worker), '/chat', given, 5_000);
    for (const value of [1, 2]) await log.append('r', ['news', value]);
    expect((await log.read('r', unknown, 10)).messages).toEqual([{ number: 2, data: ['news', 2] }]);
    log.close();
  });

  it('ignore what is no answer', async () => {
    const log = start(new PrimaryLogs());
    const reading = log.read('r', unknown, 10);
    for (const message of [null, 'text', {}, { source: logSource }, { source: logSource, id: 99, value: 1 }]) {
      worker.emit('message', message);
    }
    expect(await reading).toEqual({ head: unknown, messages: [] });
    log.close();
  });
});

describe('the logs of a primary', () => {
  let primary: PrimaryLogs;
  beforeEach(() => {
    primary = new PrimaryLogs();
  });

  const ask = (nsp: unknown, request: unknown, limits: unknown = roomy) =>
    primary.answer({ source: logSource, id: 7, nsp, limits, request } as never);

  it('answer what is no question with an error, whatever a worker sends', async () => {
    const near = fc.record({
      act: fc.constantFrom('append', 'heads', 'read', 'close'),
      stream: fc.oneof(fc.string(), fc.anything()),
      data: fc.anything(),
      streams: fc.anything(),
      after: fc.anything(),
      limit: fc.anything(),
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), near), fc.constantFrom('/', 7), async (request, nsp) => {
        expect(await ask(nsp, request)).toMatchObject({ source: logSource, id: 7 });
      }),
    );
    const append = { act: 'append', stream: 'r', data: ['news'] };
    expect(await ask('/', append, { maxAge: 0 })).toEqual({ source: logSource, id: 7, error: expect.any(String) });
    expect(await ask('/mine', append)).toMatchObject({ value: { number: 1 } });
  });

  it('have nothing of namespaces that nobody has written to', async () => {
    expect((await ask('/a', { act: 'heads', streams: ['r', 's'] })).value).toEqual([unknown, unknown]);
    expect((await ask('/a', { act: 'read', stream: 'r', after: unknown, limit: 10 })).value).toEqual({
      head: unknown,
      messages: [],
    });
  });

  it('forget a namespace whose messages are too old', async () => {
    const append = { act: 'append', stream: 'r', data: ['news'] };
    const first = (await ask('/a', append, { ...roomy, maxAge: 20 })).value as { epoch: number };
    const read = { act: 'read', stream: 'r', after: unknown, limit: 10 };
    while (((await ask('/a', read)).value as { messages: unknown[] }).messages.length > 0);
    await ask('/b', append);
    const again = (await ask('/a', append)).value as { epoch: number; number: number };
    expect([again.epoch > first.epoch, again.number]).toEqual([true, 1]);
  });
});
