import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ClusterAdapter,
  ClusterTimeoutError,
  MessageType,
  type BroadcastOptions,
  type ClusterAnswer,
  type ClusterChannel,
  type ClusterLink,
  type ClusterMessage,
  type NodeId,
} from '../../lib/adapter/index.js';
import { Encoder, Frame, PacketType, type Packet } from '../../lib/protocol/index.js';
import { options, RecordingHost, RecordingSocket } from '../contract/adapter.contract.js';

/** A bus that does what the test says. */
class TestLink implements ClusterLink {
  readonly published: ClusterMessage[] = [];
  readonly texts: string[] = [];
  readonly replies: [NodeId | undefined, ClusterAnswer][] = [];
  readonly channel: ClusterChannel;
  readonly asked: NodeId[][] = [];
  gone: NodeId[] = [];
  takesTexts = false;
  opening: () => Promise<void> | void = () => {};
  counting: (() => Promise<number>) | undefined;
  sendingTexts: Promise<void> = Promise.resolve();

  constructor(channel: ClusterChannel) {
    this.channel = channel;
  }

  open(): Promise<void> | void {
    return this.opening();
  }
  publish(message: ClusterMessage): void {
    this.published.push(message);
  }
  publishText(text: string, _options: BroadcastOptions): Promise<void> {
    this.texts.push(text);
    return this.sendingTexts;
  }
  reply(to: NodeId | undefined, answer: ClusterAnswer): void {
    this.replies.push([to, answer]);
  }
  async countOthers(): Promise<number> {
    return this.counting === undefined ? [...this.channel.nodes()].length : this.counting();
  }
  async findGone(nodes: readonly NodeId[]): Promise<NodeId[]> {
    this.asked.push([...nodes]);
    return this.gone;
  }
  close(): void {}

  get beats(): number {
    return this.published.filter(({ type }) => type === MessageType.HEARTBEAT).length;
  }
}

class EncodingHost extends RecordingHost {
  readonly errors: unknown[] = [];

  override encode(packet: Packet, compress: boolean): Frame {
    this.encoded++;
    return new Frame('message', new Encoder().encode(packet), compress);
  }
  reportError(error: unknown): void {
    this.errors.push(error);
  }
}

const news: Packet = { type: PacketType.EVENT, nsp: '/chat', data: ['news', 1] };
const heartbeat = { type: MessageType.HEARTBEAT };

describe('ClusterAdapter', () => {
  let host: EncodingHost;
  let link: TestLink;
  let adapter: ClusterAdapter;

  beforeEach(() => {
    jest.useFakeTimers();
    host = new EncodingHost();
    adapter = new ClusterAdapter(host, (channel) => (link = new TestLink(channel)), {
      heartbeatInterval: 1_000,
      heartbeatTimeout: 3_000,
      requestsTimeout: 5_000,
    });
  });

  afterEach(async () => {
    await adapter.close();
    jest.useRealTimers();
  });

  function add(id: string, ...rooms: string[]): RecordingSocket {
    const socket = new RecordingSocket(id, () => adapter);
    host.members.set(id, socket);
    void adapter.addAll(id, new Set([id, ...rooms]));
    return socket;
  }

  it('sends heartbeats while it broadcasts: not every node may hear a broadcast', async () => {
    await adapter.init();
    for (let n = 0; n < 30; n++) {
      adapter.broadcast(news, options(['red']));
      jest.advanceTimersByTime(100);
    }
    expect(link.beats).toBe(3);
  });

  it('sends no heartbeat while everyone hears something else of it', async () => {
    await adapter.init();
    for (let n = 0; n < 30; n++) {
      adapter.serverSideEmit(['hello']);
      jest.advanceTimersByTime(100);
    }
    expect(link.beats).toBe(0);
  });

  it('sends heartbeats after it could not connect: the bus may come back', async () => {
    link.opening = () => Promise.reject(new Error('no bus'));
    await expect(adapter.init()).rejects.toThrow('no bus');
    jest.advanceTimersByTime(2_000);
    expect(link.beats).toBe(2);
  });

  it('counts those among its nodes that send heartbeats, and forgets those that do not go on', async () => {
    await adapter.init();
    link.channel.receive('member', heartbeat);
    link.channel.heard('other');
    link.channel.receive('stranger', { type: MessageType.SERVER_SIDE_EMIT, data: { packet: ['hello'] } }, false);
    link.channel.receive(undefined, heartbeat);
    expect(adapter.nodes).toEqual(['member', 'other']);
    expect([...link.channel.nodes()]).toEqual(['member', 'other']);
    jest.advanceTimersByTime(2_500);
    link.channel.receive('member', heartbeat);
    jest.advanceTimersByTime(1_500);
    expect(adapter.nodes).toEqual(['member']);
  });

  it('answers those that send none', async () => {
    await adapter.init();
    const data = { opts: { rooms: [], except: [], flags: {} }, requestId: 'q' };
    link.channel.receive('stranger', { type: MessageType.FETCH_SOCKETS, data }, false);
    await jest.advanceTimersByTimeAsync(0);
    expect(link.replies).toEqual([
      ['stranger', { type: MessageType.FETCH_SOCKETS_RESPONSE, data: { requestId: 'q', sockets: [] } }],
    ]);
  });

  it('asks those it has heard of when the bus cannot count, and names them', async () => {
    await adapter.init();
    add('a');
    link.counting = () => Promise.reject(new Error('no bus'));
    link.channel.receive('member', heartbeat);
    expect(await adapter.serverCount()).toBe(2);
    const asked = adapter.fetchSockets(options());
    const outcome = expect(asked).rejects.toMatchObject({
      code: 'CLUSTER_TIMEOUT',
      missingNodes: ['member'],
      responses: [{ id: 'a' }],
    });
    for (let n = 0; n < 5; n++) {
      await jest.advanceTimersByTimeAsync(1_000);
      link.channel.receive('member', heartbeat);
    }
    await outcome;
    await expect(asked).rejects.toBeInstanceOf(ClusterTimeoutError);
  });

  it('waits no longer for nodes that the bus knows to be gone, and asks it only while somebody waits', async () => {
    await adapter.init();
    link.channel.receive('member', heartbeat);
    link.channel.receive('killed', heartbeat);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(link.asked).toEqual([]);
    link.gone = ['killed'];
    const asked = adapter.fetchSockets(options());
    await jest.advanceTimersByTimeAsync(0);
    const question = link.published.at(-1) as Extract<ClusterMessage, { type: 7 }>;
    const { requestId } = question.data;
    link.channel.receive('member', { type: MessageType.FETCH_SOCKETS_RESPONSE, data: { requestId, sockets: [] } });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await asked).toEqual([]);
    expect(link.asked).toEqual([['member', 'killed']]);
    expect(adapter.nodes).toEqual(['member']);
  });

  describe('with a bus that takes texts', () => {
    it('encodes once, for its own clients and for others', () => {
      link.takesTexts = true;
      const socket = add('a');
      adapter.broadcast(news, options());
      expect(host.encoded).toBe(1);
      expect(socket.received[0]!.frame.parts).toEqual(['2/chat,["news",1]']);
      expect(link.texts).toEqual(['2/chat,["news",1]']);
    });

    it('publishes bytes, and nothing of what is local', () => {
      link.takesTexts = true;
      adapter.broadcast({ ...news, data: ['bytes', Buffer.from([1])] }, options());
      adapter.broadcast(news, options([], [], { local: true }));
      expect([link.texts, link.published.length]).toEqual([[], 1]);
    });

    it('writes what comes as it is, and reads it only for those who look', () => {
      const [a, b] = [add('a', 'red'), add('b')];
      link.channel.receiveText('2/chat,["news",[1]]', options(['red']));
      expect(a.received.map(({ frame }) => frame.parts)).toEqual([['2/chat,["news",[1]]']]);
      expect(a.notified[0]!.data).toEqual(['news', [1]]);
      expect(b.received).toEqual([]);
      expect(host.encoded).toBe(0);
    });

    it('counts a text that is no event as malformed, once somebody looks', () => {
      const socket = add('a');
      socket.notifyOutgoing = ({ data }) => void data;
      link.channel.receiveText('2/chat,[oops]', options());
      expect([adapter.health.malformedMessages, socket.received, host.errors]).toEqual([1, [], []]);
    });

    it('counts each message that was lost with others, and tells the first', async () => {
      link.takesTexts = true;
      link.sendingTexts = Promise.reject(new Error('away'));
      for (let n = 0; n < 3; n++) adapter.broadcast(news, options());
      await jest.advanceTimersByTimeAsync(0);
      expect(adapter.health.failedPublishes).toBe(3);
      expect(host.errors).toEqual([new Error('away')]);
    });

    it('counts lost messages one by one when the bus answers with the same failure later', async () => {
      link.takesTexts = true;
      link.sendingTexts = Promise.reject(new Error('away'));
      for (let n = 0; n < 2; n++) {
        adapter.broadcast(news, options());
        await jest.advanceTimersByTimeAsync(0);
      }
      expect(adapter.health.failedPublishes).toBe(2);
    });

    it('takes an event that the link has looked at, and counts what is none', () => {
      const socket = add('a', 'red');
      link.channel.receiveEvent('other', ['news', 1], options(['red']), true);
      link.channel.receiveEvent(adapter.nodeId, ['own'], options(['red']), true);
      link.channel.receiveEvent('@published', ['more'], options(), false);
      for (const data of [undefined, 'news', [], [{}]]) link.channel.receiveEvent('other', data, options(), true);
      expect(socket.notified.map(({ data }) => data)).toEqual([['news', 1], ['more']]);
      expect([adapter.health.malformedMessages, adapter.nodes]).toEqual([4, ['other']]);
    });

    it('suits it with the default encoder alone', () => {
      expect(link.channel.suitsTexts()).toBe(true);
      host.encode = (packet, compress) => new Frame('message', [Buffer.from(JSON.stringify(packet))], compress);
      expect(link.channel.suitsTexts()).toBe(false);
    });
  });
});
