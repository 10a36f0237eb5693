import type { Attacker } from './attacker.js';
import type { HttpAnswer, HttpRequestParts } from './http-text.js';
import { patience } from './raw-connection.js';

const alive = '4377[]';
const separator = '\x1e';

/** A polling session made by hand: each request has a connection of its own. */
export class RawPolling {
  readonly #attacker: Attacker;
  readonly target: string;

  private constructor(attacker: Attacker, target: string) {
    this.#attacker = attacker;
    this.target = target;
  }

  /** Opens a session. @param query of the handshake. */
  static async open(attacker: Attacker, query = 'EIO=4&transport=polling'): Promise<RawPolling> {
    const answer = await attacker.request(`/socket.io/?${query}`);
    const sid = /"sid":"([^"]+)"/.exec(answer.body.replaceAll('\\"', '"'))?.[1];
    if (sid === undefined) throw new Error(`No session: ${answer.status} ${answer.body}`);
    return new RawPolling(attacker, `/socket.io/?${query}&sid=${sid}`);
  }

  /** Opens a session of revision 4 that is in the main namespace. */
  static async joined(attacker: Attacker): Promise<RawPolling> {
    const session = await RawPolling.open(attacker);
    await session.post('40');
    const { body } = await session.poll();
    if (!body.startsWith('40{')) throw new Error(`Not let in: ${body}`);
    return session;
  }

  request(parts: HttpRequestParts): Promise<HttpAnswer> {
    return this.#attacker.request(this.target, parts);
  }

  post(body: string, headers: readonly string[] = ['Content-Type: text/plain;charset=UTF-8']): Promise<HttpAnswer> {
    return this.request({ method: 'POST', headers, body });
  }

  poll(): Promise<HttpAnswer> {
    return this.request({});
  }

  /** `alive` when the session still answers; `gone` when it is unknown. */
  async outcome(): Promise<string> {
    const deadline = performance.now() + patience;
    const { body } = await this.post('4277["alive"]');
    if (body.includes('Session ID unknown')) return 'gone';
    while (performance.now() < deadline) {
      const answer = await this.poll();
      if (answer.status !== 200) return 'gone';
      const packets = answer.body.split(separator);
      if (packets.includes(alive)) return 'alive';
      if (packets.includes('2')) await this.post('3');
    }
    return 'silence';
  }
}
