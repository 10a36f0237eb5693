import { describe, expect, it } from '@jest/globals';
import { Server, type ServerOptions } from '../../lib/server/index.js';
import { startTestServer } from '../../lib/testing/index.js';
import { Clients } from '../support/clients.js';
import { handled, member, next } from './support.js';

const header = '451-["a",{"_placeholder":true,"num":0}]';
const list = (depth: number): string => `42["a",${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}]`;

describe('a packet that holds more than is allowed', () => {
  it.each<[string, ServerOptions, (string | Buffer)[], string]>([
    ['levels of lists', { maxDepth: 3 }, [list(4)], 'payload nested too deeply'],
    ['levels than 64', {}, [list(65)], 'payload nested too deeply'],
    ['attachments', { maxAttachments: 1 }, ['452-["a"]'], 'too many attachments'],
    ['characters of a namespace', { maxNamespaceLength: 6 }, ['42/longer,["a"]'], 'namespace too long'],
    ['bytes of attachments', { maxAttachmentBytes: 2 }, [header, Buffer.alloc(3)], 'attachments too large'],
  ])('closes its session, and no other: more %s', async (_what, options, packets, message) => {
    await using server = await startTestServer(undefined, options);
    const bystander = await member(server);
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    for (const packet of packets) client.send(packet);
    expect(await left).toEqual(['forced close', expect.objectContaining({ message, code: 'PARSE_ERROR' })]);
    await client.closed;
    await handled(bystander);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it.each<[string, ServerOptions, (string | Buffer)[]]>([
    ['levels of lists', { maxDepth: 3 }, [list(3)]],
    ['more levels than 64', { maxDepth: Infinity }, [list(1_000)]],
    ['attachments', { maxAttachments: 20 }, ['4511-["a"]', ...Array<Buffer>(11).fill(Buffer.alloc(1))]],
    ['bytes of attachments', { maxHttpBufferSize: 100 }, ['452-["a"]', Buffer.alloc(60), Buffer.alloc(60)]],
  ])('is taken where the options allow it: %s', async (_what, options, packets) => {
    await using server = await startTestServer(undefined, options);
    const { client, socket } = await member(server);
    const heard = next(socket, 'a');
    for (const packet of packets) client.send(packet);
    await heard;
  });

  it.each(['maxDepth', 'maxAttachments', 'maxAttachmentBytes', 'maxNamespaceLength', 'attachmentTimeout'])(
    'is no matter of a server whose %s is none',
    (option) => {
      for (const value of [0, -1, '10', NaN]) {
        expect(() => new Server({ [option]: value as number })).toThrow(
          expect.objectContaining({ code: 'INVALID_OPTION' }) as never,
        );
      }
    },
  );
});

describe('attachments that do not come', () => {
  it('close the session that waits for them, and no other', async () => {
    await using server = await startTestServer(undefined, { attachmentTimeout: 40 });
    const bystander = await member(server);
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    client.send(header);
    expect(await left).toEqual([
      'forced close',
      expect.objectContaining({ message: 'attachments did not come in time', code: 'PARSE_ERROR' }),
    ]);
    await client.closed;
    await handled(bystander);
    expect(server.io.engine.clientsCount).toBe(1);
  });

  it('are not waited for any longer because others come', async () => {
    await using server = await startTestServer(undefined, { attachmentTimeout: 60, maxAttachments: 1_000 });
    const { client, socket } = await member(server);
    const left = next(socket, 'disconnect');
    client.send('451000-["a"]');
    const drip = setInterval(() => client.send(Buffer.alloc(1)), 5);
    try {
      expect((await left)[0]).toBe('forced close');
    } finally {
      clearInterval(drip);
    }
  });

  it('are no matter once they are there, nor when the client has left', async () => {
    await using server = await startTestServer(undefined, { attachmentTimeout: 40 });
    const { client, socket } = await member(server);
    const watch = await member(server);
    for (let round = 0; round < 5; round++) {
      const heard = next(socket, 'a');
      client.send(header);
      client.send(Buffer.from([round]));
      expect(await heard).toEqual([Buffer.from([round])]);
    }
    const gone = await member(server);
    const goneFor = next(gone.socket, 'disconnect');
    gone.client.send(header);
    await handled(watch);
    await gone.client.close();
    expect((await goneFor)[0]).toBe('transport close');
    // Another session that waits is closed behind them: whatever had been left on the wheel has run by then.
    const late = await member(server);
    late.client.send(header);
    await next(late.socket, 'disconnect');
    await handled({ client, socket });
    expect(socket.connected).toBe(true);
  });
});

describe('an object that looks like a placeholder', () => {
  it('is sent on beside bytes, and the clients that get it stay', async () => {
    await using server = await startTestServer((each) => {
      each.on('connection', (socket) =>
        socket.on('say', (value: unknown) => each.emit('said', value, Buffer.from([7]))),
      );
    });
    const clients = new Clients(() => server.url);
    try {
      const published = await clients.connect('/');
      const heard = next(published, 'said');
      const { client } = await member(server);
      client.send('42["say",{"_placeholder":true,"num":99,"text":"a"}]');
      expect(await heard).toEqual([{ _placeholder: 1, num: 99, text: 'a' }, Buffer.from([7])]);
      expect(published.connected).toBe(true);
    } finally {
      clients.close();
    }
  });
});
