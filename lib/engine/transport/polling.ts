import type { IncomingMessage, ServerResponse } from 'node:http';
import { Frame, type EnginePacket, type ParseError } from '../../protocol/index.js';
import type { PacketFormat } from './packet-format.js';
import type { PollingEnvelope } from './polling-envelope.js';
import { PayloadReader, type PayloadTarget } from './payload-reader.js';
import { answerPoll, answerPost, type HeaderDecorator } from './polling-response.js';
import { readBody } from './request-body.js';
import type { Transport, TransportCloseCause, TransportSink } from './transport.js';

/** What a polling transport is told once. */
export interface PollingOptions {
  readonly format: PacketFormat;
  readonly envelope: PollingEnvelope;
  /** Largest body of a POST, in bytes. */
  readonly maxHttpBufferSize: number;
  /** The most packets of a POST. */
  readonly maxPacketsPerPayload: number;
  /** The size from which an answer is compressed, or `false`. */
  readonly httpCompression: false | { readonly threshold: number };
  readonly decorate: HeaderDecorator;
  readonly onError: (error: unknown) => void;
}

const noop = new Frame('noop', [''], false);
const close = new Frame('close', [''], false);
const binaryType = 'application/octet-stream';
// How long a session that was closed waits for the poll that brings the news to the client.
const closeTimeout = 30_000;
// How long the rest of a body may take to come once its session is over.
const lateBodyTimeout = 1_000;

interface OpenPoll {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly onAborted: () => void;
}

/** Carries packets in the answers to GET requests and the bodies of POST requests. */
export class PollingTransport implements Transport, PayloadTarget {
  readonly name = 'polling';
  readonly request: IncomingMessage;
  readonly #options: PollingOptions;
  #sink: TransportSink;
  #poll: OpenPoll | null = null;
  #isPosting = false;
  /** Gives up the body that is being read. */
  #giveUpPost: (() => void) | null = null;
  /** The payload that is being read, and a POST that has to wait for its end. */
  #reader: PayloadReader | null = null;
  #nextPost: (() => void) | null = null;
  #isUpgrading = false;
  #isRetired = false;
  #isPaused = false;
  /** Set between `close()` and the poll that carries the news. */
  #closeTimer: ReturnType<typeof setTimeout> | null = null;
  #isClosed = false;

  constructor(request: IncomingMessage, sink: TransportSink, options: PollingOptions) {
    this.request = request;
    this.#sink = sink;
    this.#options = options;
  }

  get writable(): boolean {
    return this.#poll !== null && !this.#isClosed;
  }

  attach(sink: TransportSink): void {
    this.#sink = sink;
  }

  /** Takes an HTTP request of this session. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isClosed) endEmpty(response, 400);
    else if (request.method === 'GET') this.#onGet(request, response);
    else if (request.method === 'POST') this.#onPost(request, response);
    else endEmpty(response, 500);
  }

  keep(frame: Frame): Frame {
    return this.#options.format.keepForPayload(frame);
  }

  send(frames: readonly Frame[]): void {
    if (this.#closeTimer === null) {
      this.#answer(frames);
    } else {
      this.#answer([...frames, close]);
      this.#end({ kind: 'closed-by-us' });
    }
  }

  /** Tells the client with its open poll, or with its next one: until then, or for 30 s, the session is kept. */
  close(isFinal: boolean): void {
    if (this.#isClosed) return;
    if (this.writable || isFinal) {
      this.#answerAndEnd({ kind: 'closed-by-us' });
      return;
    }
    if (this.#closeTimer !== null) return;
    this.#closeTimer = setTimeout(() => this.#end({ kind: 'closed-by-us' }), closeTimeout);
    this.#closeTimer.unref();
  }

  /**
   * Answers polls at once while an upgrade is under way: the client switches only when no poll is open.
   *
   * @see Engine.IO v4 §Upgrade
   */
  setUpgrading(isUpgrading: boolean): void {
    this.#isUpgrading = isUpgrading;
    if (isUpgrading) this.release();
  }

  /** Answers an open poll with nothing: the client polls again. */
  release(): void {
    if (this.writable) this.#answer([noop]);
  }

  /** Steps back after an upgrade: an open poll is answered, a POST that is still coming in is delivered. */
  retire(): void {
    this.release();
    // What comes through the other transport came behind it.
    this.#reader?.finish();
    this.#isRetired = true;
    this.resume();
    if (!this.#isPosting) this.#isClosed = true;
  }

  /** Holds back the rest of a POST that is being read, and the body of the next one, which is not answered until then. */
  pause(): void {
    this.#isPaused = true;
    this.#reader?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#reader === null) this.#readNextPost();
    else this.#reader.resume();
  }

  #onGet(request: IncomingMessage, response: ServerResponse): void {
    if (this.#poll !== null) {
      endEmpty(response, 400);
      this.#fail('overlap from client');
      return;
    }
    const onAborted = (): void => {
      if (this.#poll?.response !== response) return;
      this.#poll = null;
      this.#fail('poll connection closed prematurely');
    };
    response.once('close', onAborted);
    this.#poll = { request, response, onAborted };
    this.#guard(() => this.#sink.onWritable());
    if (!this.writable) return;
    // Nothing was waiting for this poll.
    if (this.#closeTimer !== null) {
      this.#answer([noop, close]);
      this.#end({ kind: 'closed-by-us' });
    } else if (this.#isUpgrading) {
      this.#answer([noop]);
    }
  }

  #onPost(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isPosting) {
      endEmpty(response, 400);
      this.#fail('data request overlap from client');
      return;
    }
    const isBinary = request.headers['content-type'] === binaryType;
    if (isBinary && !this.#options.format.hasBinaryBodies) {
      endEmpty(response, 400);
      this.#fail('invalid content');
      return;
    }
    this.#isPosting = true;
    // The body of one that comes before the last was read, or during a pause, stays where it is until then.
    this.#nextPost = () => {
      if (this.#isClosed) refuseBody(response, 400);
      else this.#readPost(request, response, isBinary);
    };
    if (this.#reader === null && !this.#isPaused) this.#readNextPost();
  }

  #readPost(request: IncomingMessage, response: ServerResponse, isBinary: boolean): void {
    let isRead = false;
    const stop = readBody(request, this.#options.maxHttpBufferSize, (outcome) => {
      isRead = true;
      this.#isPosting = false;
      this.#giveUpPost = null;
      switch (outcome.kind) {
        case 'too-large':
          refuseBody(response, 413);
          return;
        case 'aborted':
          this.#fail('data request connection closed prematurely');
          return;
        case 'complete':
          // Answered before the packets are read: what they cause must not delay or lose the answer.
          answerPost(request, response, this.#options.decorate);
          this.#guard(() => this.#onPayload(isBinary ? outcome.body : outcome.body.toString('utf8')));
      }
    });
    if (isRead) return;
    this.#giveUpPost = () => {
      stop();
      refuseBody(response, 400);
    };
  }

  /** The session is over: a body that does not come must not keep its connection. */
  #endLatePost(): void {
    if (this.#giveUpPost === null) return;
    setTimeout(() => this.#giveUpPost?.(), lateBodyTimeout).unref();
  }

  #onPayload(body: string | Buffer): void {
    const { format, envelope, maxPacketsPerPayload } = this.#options;
    const payload = typeof body === 'string' ? envelope.unwrap(body) : body;
    this.#reader = new PayloadReader(format.decodePayload(payload), maxPacketsPerPayload, this);
    this.#reader.start();
  }

  /** @internal */
  onPayloadEnd(error: ParseError | undefined): void {
    this.#reader = null;
    if (error !== undefined) this.#answerAndEnd({ kind: 'parse-error', error });
    if (this.#isRetired && !this.#isPosting) this.#isClosed = true;
    if (!this.#isPaused) this.#readNextPost();
  }

  #readNextPost(): void {
    const next = this.#nextPost;
    this.#nextPost = null;
    next?.();
  }

  /** @internal */
  onPacket(packet: EnginePacket): void {
    if (packet.type === 'message') {
      this.#guard(() => this.#sink.onMessage(packet.data as string | Buffer));
    } else if (packet.type === 'close') {
      this.release();
      this.#end({ kind: 'peer-closed' });
    } else if (packet.type !== 'open') {
      this.#guard(() => this.#sink.onControl(packet.type as 'ping', packet.data as string));
    }
  }

  #answer(frames: readonly Frame[]): void {
    const poll = this.#poll!;
    const { httpCompression, decorate, format, envelope } = this.#options;
    poll.response.off('close', poll.onAborted);
    const mayCompress = httpCompression !== false && frames.some((frame) => frame.compress);
    const payload = format.payload(frames);
    // The next poll may come in on another connection before this answer is flushed.
    this.#poll = null;
    const answer = {
      body: typeof payload === 'string' ? envelope.wrap(payload) : payload,
      compressFrom: mayCompress ? httpCompression.threshold : undefined,
    };
    answerPoll(poll.request, poll.response, answer, decorate);
  }

  #fail(message: string): void {
    this.#answerAndEnd({ kind: 'error', error: new Error(message) });
  }

  #answerAndEnd(cause: TransportCloseCause): void {
    if (this.#isClosed) return;
    if (this.writable) this.#answer([close]);
    this.#end(cause);
  }

  #end(cause: TransportCloseCause): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reader?.stop();
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer);
    this.#closeTimer = null;
    this.#endLatePost();
    this.#readNextPost();
    if (this.#isRetired) return;
    this.#guard(() => this.#sink.onTransportClose(cause));
  }

  /** What the application throws must not stay in the HTTP server's hands. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

function endEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

/** The rest of the body is not read: the connection cannot carry another request. */
function refuseBody(response: ServerResponse, status: number): void {
  response.setHeader('Connection', 'close');
  endEmpty(response, status);
}
