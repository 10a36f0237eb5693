/**
 * Socket.IO as far as the workloads need it, by hand: what it costs to do the same job without a library for it.
 *
 * No limits, no errors, no acks with timeouts, no heartbeat.
 *
 * @typedef {object} RawClient
 * @property {(message: string) => void} send one text.
 * @property {Set<string>} rooms
 */

const open = `0${JSON.stringify({ sid: 'x'.repeat(20), upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`;

/** The other side of a workload, on a raw transport. */
export class HandMadeServer {
  /** @type {Set<RawClient>} */
  clients = new Set();
  rooms = new Map();
  counters = { operations: 0 };
  #onEvent;

  /**
   * @param {import('../workloads/index.mjs').Workload} workload
   * @param {{ text: (message: string) => unknown, binary: (bytes: Buffer) => unknown }} frames makes what the
   *   `sendFrame()` of its clients takes: once for all receivers.
   */
  constructor(workload, frames) {
    const { onEvent, work } = workload.byHand(this, frames);
    this.#onEvent = onEvent;
    this.work = work;
  }

  onOpen(client) {
    client.send(open);
  }

  /** @param {RawClient} client @param {string} message an Engine.IO packet. */
  onMessage(client, message) {
    if (message.charCodeAt(0) !== 0x34) return;
    const type = message.charCodeAt(1);
    if (type === 0x32) this.#onEventPacket(client, message);
    else if (type === 0x30) this.#onConnect(client, message);
  }

  onClose(client) {
    this.clients.delete(client);
  }

  #onConnect(client, message) {
    const namespace = message.slice(2);
    this.clients.add(client);
    client.send(`40${namespace}{"sid":"yyyyyyyyyyyyyyyyyyyy"}`);
  }

  #onEventPacket(client, message) {
    const start = message.indexOf('[', 2);
    this.#onEvent(client, JSON.parse(message.slice(start)), start === 2 ? '' : message.slice(2, start));
  }

  join(client, room) {
    let members = this.rooms.get(room);
    if (members === undefined) this.rooms.set(room, (members = new Set()));
    members.add(client);
    client.rooms.add(room);
  }

  leave(client, room) {
    const members = this.rooms.get(room);
    members.delete(client);
    if (members.size === 0) this.rooms.delete(room);
    client.rooms.delete(room);
  }
}
