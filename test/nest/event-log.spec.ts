import { afterEach, describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { Logger, type CanActivate } from '@nestjs/common';
import {
  currentEvent,
  loggedEvent,
  OnConnect,
  SocketLogger,
  SubscribeAck,
  UseConnectionGuards,
  WebSocketGateway,
  type SocketIoModuleOptions,
} from '../../lib/index.js';
import { next } from '../support/clients.js';
import { refusal } from './refusal.js';
import { startApp, type TestApp } from './support.js';

let id: string | undefined;

@WebSocketGateway({ namespace: '/chat' })
class Gateway {
  readonly #logger = new Logger('Chat');

  @SubscribeAck('fail')
  async fail(): Promise<void> {
    id = currentEvent()?.id;
    await new Promise(setImmediate);
    throw new Error('oops');
  }
  @SubscribeAck('log')
  async log(): Promise<unknown> {
    await new Promise(setImmediate);
    this.#logger.log('in the handler');
    return loggedEvent() ?? null;
  }
}

/** What a running application logs through `logger`. */
async function linesOf(
  logger: SocketLogger,
  event: string,
): Promise<{ lines: string[]; answer: unknown; socket: string }> {
  const write = (): true => true;
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(write));
  try {
    await using running = await startApp({
      options: { context: true },
      providers: [Gateway],
      configure: (app) => app.useLogger(logger),
    });
    const client = await running.clients.connect('/chat');
    const answer: unknown = await client.emitWithAck(event);
    return { lines: spies.flatMap(({ mock }) => mock.calls.map(([line]) => String(line))), answer, socket: client.id! };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('a line of log about an event', () => {
  const start = (options: SocketIoModuleOptions): Promise<TestApp> => startApp({ options, providers: [Gateway] });

  it('names its namespace, event, socket and id', async () => {
    await using running = await start({ context: true });
    const client = await running.clients.connect('/chat');
    await client.emitWithAck('fail');
    expect(running.logger.errors.map(([line]) => line)).toEqual([
      `"fail" failed: oops (namespace /chat, event fail, socket ${client.id!.slice(0, 6)}…, id ${id})`,
    ]);
  });

  it('names nothing of it where the option context is off', async () => {
    await using running = await start({});
    await (await running.clients.connect('/chat')).emitWithAck('fail');
    expect(running.logger.errors.map(([line]) => line)).toEqual(['"fail" failed: oops']);
  });

  it('has one id for all that happens while a client connects', async () => {
    const failing: CanActivate = {
      canActivate: () => {
        id = currentEvent()?.id;
        throw new Error('guard');
      },
    };
    @WebSocketGateway()
    class Hooked {
      @OnConnect()
      connect(): void {
        id = currentEvent()?.id;
        throw new Error('hook');
      }
    }
    @WebSocketGateway({ namespace: '/guarded' })
    @UseConnectionGuards(failing)
    class Guarded {}
    await using running = await startApp({ options: { context: true }, providers: [Hooked, Guarded] });
    await refusal(running.clients, '/guarded');
    const guardId = id;
    await next(running.clients.create(), 'exception');
    expect(running.logger.errors.map(([line]) => String(line).replace(/socket [^,]+/, 'socket'))).toEqual([
      `"connection" failed: guard (namespace /guarded, event connection, socket, id ${guardId})`,
      `"connection" failed: hook (namespace /, event connection, socket, id ${id})`,
    ]);
  });
});

describe('SocketLogger', () => {
  afterEach(() => Logger.overrideLogger(false));

  it('tells in which event of which socket a line was written', async () => {
    const { lines, answer, socket } = await linesOf(new SocketLogger({ colors: false }), 'log');
    const { data } = answer as { data: { id: string } };
    expect(data).toEqual({ id: expect.any(String), event: 'log', namespace: '/chat', socket });
    const line = lines.find((each) => each.includes('in the handler'));
    expect(line).toContain(`[Chat] [/chat log ${socket} ${data.id}] in the handler`);
    expect(lines.filter((each) => each.includes('/chat log'))).toEqual([line]);
  });

  it('has them as fields of JSON', async () => {
    const { lines, answer } = await linesOf(new SocketLogger({ json: true, colors: false }), 'log');
    const line = lines.find((each) => each.includes('in the handler'))!;
    expect(JSON.parse(line)).toMatchObject({
      message: 'in the handler',
      context: 'Chat',
      event: (answer as { data: object }).data,
    });
  });

  it('says it once in the lines of the module', async () => {
    const { lines, socket } = await linesOf(new SocketLogger({ colors: false }), 'fail');
    const line = lines.find((each) => each.includes('"fail" failed'))!;
    // As those lines name it, shortened; whole, it would stand there a second time.
    expect(line.split(socket.slice(0, 6))).toHaveLength(2);
  });
});
