import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ClusterAdapter, type ClusterChannel, type ClusterLink, type ClusterMessage } from '../../lib/adapter/index.js';
import { Encoder, Frame, PacketType, type Packet } from '../../lib/protocol/index.js';
import { options, RecordingHost, RecordingSocket } from '../contract/adapter.contract.js';

/** A bus that takes broadcasts as the text that clients get. */
class TextLink implements ClusterLink {
  readonly published: ClusterMessage[] = [];
  readonly texts: string[] = [];
  readonly channel: ClusterChannel;
  takesTexts = false;
  sendingTexts: Promise<void> = Promise.resolve();

  constructor(channel: ClusterChannel) {
    this.channel = channel;
  }

  open(): void {}
  publish(message: ClusterMessage): void {
    this.published.push(message);
  }
  publishText(text: string): Promise<void> {
    this.texts.push(text);
    return this.sendingTexts;
  }
  reply(): void {}
  close(): void {}
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

describe('ClusterAdapter with a bus that takes texts', () => {
  let host: EncodingHost;
  let link: TextLink;
  let adapter: ClusterAdapter;

  beforeEach(() => {
    jest.useFakeTimers();
    host = new EncodingHost();
    adapter = new ClusterAdapter(host, (channel) => (link = new TextLink(channel)));
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
