import {
  MessageType,
  type BroadcastData,
  type ClusterChannel,
  type ClusterLog,
  type ClusterMessage,
  type KeptSession,
  type LoggedBroadcast,
  type NodeId,
  type RecoveringClusterLink,
} from '../../adapter/index.js';
import { hasBinary } from '../../protocol/index.js';
import { deferred } from '../deferred.js';
import { maxPid, unkept } from '../kept.js';
import { Announcements } from './announcements.js';
import { LogOutbox } from './log-outbox.js';
import { LogPosition } from './log-position.js';
import type { ResolvedPostgresRecovery } from './options.js';
import { isRefusal, type PgResult } from './pg-client.js';
import type { PostgresHub } from './postgres-hub.js';
import { PostgresLink, publishedNode } from './postgres-link.js';
import { decode, encode, toDocument, type Document } from './postgres-wire.js';

type Row = PgResult['rows'][number];

/** How many messages are read with one statement. */
const pageSize = 500;
/** What the place of a message adds to its notification, at most, in bytes. */
const placeSize = 32;

/**
 * Tables that keep all that nodes tell each other, in one order for all of them.
 *
 * Notifications go on carrying the messages, with their places: where one is missing, or too long, the table is read.
 */
export class LogLink extends PostgresLink implements RecoveringClusterLink {
  readonly #log: { -readonly [Key in keyof ClusterLog]: ClusterLog[Key] };
  readonly #recovery: ResolvedPostgresRecovery;
  readonly #kept: LogOutbox;
  readonly #ready = deferred();
  #epoch = '';
  /** The last message that was handed over. */
  #last = 0;
  readonly #announcements = new Announcements();
  #isReading = false;
  /** What is read may have grown. */
  #isBehind = false;

  constructor(channel: ClusterChannel, hub: PostgresHub, recovery: ResolvedPostgresRecovery) {
    super(channel, hub);
    this.#recovery = recovery;
    this.#kept = new LogOutbox(hub, this.channelName, channel.nodeId);
    this.#log = {
      start: '',
      compare: LogPosition.compare,
      read: (after, upTo) => this.#between(after, upTo),
      saveSession: (pid, session) => this.#saveSession(pid, session),
      takeSession: (pid) => this.#takeSession(pid),
    };
    this.#ready.promise.catch(() => {});
  }

  get log(): ClusterLog {
    return this.#log;
  }

  override async open(): Promise<void> {
    await super.open();
    if (!this.isClosed) await this.hub.inTime(this.#ready.promise);
  }

  override async close(): Promise<void> {
    this.#kept.close();
    await super.close();
  }

  override onReachable(isReachable: boolean, error?: Error): void {
    super.onReachable(isReachable, error);
    if (isReachable && error === undefined) void this.#begin();
  }

  protected override put(message: ClusterMessage): Promise<void> | void {
    if (unkept.has(message.type)) return super.put(message);
    const kept = this.#keep(message);
    return message.type === MessageType.ADAPTER_CLOSE ? this.goodbye(kept) : kept;
  }

  protected override onDocument(document: Document): void {
    const { log } = document;
    if (log === undefined) super.onDocument(document);
    else if (!Number.isSafeInteger(log)) this.channel.dropMalformed();
    else this.#onAnnouncement(document, log as number);
  }

  #keep(message: ClusterMessage): Promise<void> {
    const { nodeId, namespace } = this.channel;
    const { type } = message;
    const document = toDocument(nodeId, namespace, message);
    const bytes = encode(message as unknown as Document, this.msgpack);
    const text = hasBinary(document) ? '' : `${JSON.stringify(document).slice(0, -1)},"log":`;
    if (text !== '' && Buffer.byteLength(text) + placeSize <= this.hub.options.payloadThreshold) {
      return this.#kept.publish({ type, bytes, announcement: text });
    }
    const kept = this.#kept.publish({ type, bytes, announcement: `{"uid":${JSON.stringify(nodeId)},"log":` });
    // Published nodes read no messages but attachments.
    const isMixed = [...this.channel.nodes()].some((node) => publishedNode.test(node));
    return isMixed ? Promise.all([kept, this.attach(document, { log: 0 })]).then(() => {}) : kept;
  }

  #onAnnouncement(document: Document, id: number): void {
    if (this.#epoch === '' || this.isClosed) return;
    if (id <= this.#last) {
      if (this.#announcements.isContradicted(id, document)) void this.#correct(id);
      return;
    }
    if (this.#isReading || id !== this.#last + 1 || document['type'] === undefined) {
      void this.#read();
      return;
    }
    this.#announcements.remember(id, document);
    this.#handOver(id, document);
  }

  #handOver(id: number, document: Document, isMember?: boolean): void {
    this.#last = id;
    this.channel.advance(this.#position(id));
    this.#give(document, isMember);
  }

  #give(document: Document, isMember?: boolean): void {
    this.channel.receive(document['uid'] as NodeId, { type: document['type'], data: document['data'] }, isMember);
  }

  /** Begins behind what there is, or goes on behind what was read. */
  async #begin(): Promise<void> {
    const { positions } = this.hub.schema;
    try {
      await this.hub.query(`INSERT INTO ${positions} (channel, last) VALUES ($1, 0) ON CONFLICT DO NOTHING`, [
        this.channelName,
      ]);
      const { rows } = await this.hub.query(
        `SELECT last, floor(extract(epoch FROM created_at) * 1000) AS made FROM ${positions} WHERE channel = $1`,
        [this.channelName],
      );
      const { last, made } = rows[0]!;
      const epoch = Number(made).toString(36);
      if (this.#epoch === '') {
        this.#epoch = epoch;
        this.#last = Number(last);
        this.#log.start = this.#position(this.#last);
        this.channel.advance(this.#log.start);
        this.#ready.resolve();
      } else if (epoch !== this.#epoch) {
        this.#epoch = epoch;
        this.#last = 0;
        this.#announcements.forget();
        this.channel.advance(this.#position(0));
      }
    } catch (error) {
      this.channel.setReachable(this.hub.isReachable, error as Error);
      this.#ready.reject(error);
      return;
    }
    await this.#read();
  }

  /** Reads what stands behind the last message that was handed over. */
  async #read(): Promise<void> {
    this.#isBehind = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.isClosed) {
        this.#isBehind = false;
        const { rows } = await this.hub.query(
          `SELECT id, uid, type, payload FROM ${this.hub.schema.messages}
           WHERE channel = $1 AND id > $2 ORDER BY id LIMIT ${pageSize}`,
          [this.channelName, this.#last],
        );
        if (rows.length === pageSize) this.#isBehind = true;
        for (const row of rows) {
          const document = decode(row['payload'], this.msgpack);
          // It may be old: whether its node is still there, heartbeats tell.
          if (!this.isClosed) this.#handOver(Number(row['id']), { ...document, uid: row['uid'] }, false);
        }
      }
    } catch (error) {
      // When the connection is back, it is read again.
      this.channel.setReachable(this.hub.isReachable, error as Error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Hands over what the table has in a place, when something else was announced there before. */
  async #correct(id: number): Promise<void> {
    try {
      const { rows } = await this.hub.query(
        `SELECT uid, payload FROM ${this.hub.schema.messages} WHERE channel = $1 AND id = $2`,
        [this.channelName, id],
      );
      const [row] = rows;
      if (row === undefined || this.isClosed) return;
      const document: Document = { ...decode(row['payload'], this.msgpack), uid: row['uid'] };
      if (!this.#announcements.isContradicted(id, document)) return;
      this.#announcements.remember(id, document);
      this.channel.dropMalformed();
      this.#give(document, false);
    } catch (error) {
      this.channel.setReachable(this.hub.isReachable, error as Error);
    }
  }

  async #between(after: string, upTo: string): Promise<LoggedBroadcast[] | undefined> {
    const [start, end] = [LogPosition.parse(after), LogPosition.parse(upTo)];
    if (start === undefined || end === undefined || start.epoch !== this.#epoch || end.epoch !== this.#epoch) {
      return undefined;
    }
    const { rows } = await this.hub.query(
      `SELECT id, uid, CASE WHEN type = ${MessageType.BROADCAST} THEN payload END AS payload
       FROM ${this.hub.schema.messages} WHERE channel = $1 AND id > $2 AND id <= $3 ORDER BY id`,
      [this.channelName, start.id, end.id],
    );
    // The numbers have no gaps: what is missing was cleaned away.
    if (rows.length < end.id - start.id) return undefined;
    return rows.flatMap((row) => this.#broadcastOf(row));
  }

  #broadcastOf({ id, uid, payload }: Row): LoggedBroadcast[] {
    const data = payload === null ? undefined : decode(payload, this.msgpack)?.['data'];
    if (data === undefined) return [];
    return [{ position: this.#position(Number(id)), from: uid as NodeId, data: data as BroadcastData }];
  }

  async #saveSession(pid: string, session: KeptSession): Promise<void> {
    const payload = encode(session as unknown as Document, this.msgpack);
    const end = Date.now() + this.#recovery.maxAge;
    for (;;) {
      try {
        await this.hub.query(
          `INSERT INTO ${this.hub.schema.sessions} (channel, pid, payload) VALUES ($1, $2, $3)
           ON CONFLICT (channel, pid) DO UPDATE SET payload = excluded.payload, created_at = now()`,
          [this.channelName, pid, payload],
        );
        return;
      } catch (error) {
        if (isRefusal(error) || this.isClosed || Date.now() > end) throw error;
        await this.hub.back();
      }
    }
  }

  async #takeSession(pid: string): Promise<unknown> {
    if (pid.length > maxPid || pid.includes('\0')) return undefined;
    const { rows } = await this.hub.query(
      `DELETE FROM ${this.hub.schema.sessions} WHERE channel = $1 AND pid = $2
       AND created_at >= now() - $3 * interval '1 millisecond' RETURNING payload`,
      [this.channelName, pid, this.#recovery.maxAge],
    );
    const [row] = rows;
    return row && decode(row['payload'], this.msgpack);
  }

  #position(id: number): string {
    return new LogPosition(this.#epoch, id).toString();
  }
}
