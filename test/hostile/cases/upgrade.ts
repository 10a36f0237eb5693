import { told, type Attacker } from '../attacker.js';
import { frame } from '../frames.js';
import type { HostileCase } from '../hostile-case.js';
import { upgradeRequest } from '../http-text.js';
import { RawPolling } from '../raw-polling.js';
import { webSocketTarget, type RawWebSocket } from '../raw-websocket.js';

const closed = 'close';

/** What comes over the new WebSocket in one segment, how that ends, and what becomes of the session. */
const attempts: readonly (readonly [name: string, packets: readonly (string | Buffer)[], required: string | RegExp])[] =
  [
    ['upgrades without a probe', ['5'], `${closed}; alive`],
    ['pings instead of a probe', ['2'], `${closed}; alive`],
    ['pongs instead of a probe', ['3probe'], `${closed}; alive`],
    ['probes with other words', ['2probe!'], `${closed}; alive`],
    ['probes twice', ['2probe', '2probe'], `3probe ${closed}; alive`],
    ['sends an event before its probe', ['42["alive"]'], `${closed}; alive`],
    ['sends bytes before its probe', [Buffer.from([1])], `${closed}; alive`],
    ['sends an event between probe and upgrade', ['2probe', '42["alive"]'], `3probe ${closed}; alive`],
    ['sends garbage between probe and upgrade', ['2probe', 'xyz'], `3probe ${closed}; alive`],
    ['sends a noop between probe and upgrade', ['2probe', '6'], `3probe ${closed}; alive`],
    ['closes between probe and upgrade', ['2probe', '1'], `3probe ${closed}; alive`],
    ['opens a session instead of a probe', ['0{"sid":"a"}'], /^(close|silence); alive$/],
  ];

async function openUpgrade(attacker: Attacker): Promise<{ session: RawPolling; webSocket: RawWebSocket }> {
  const session = await RawPolling.joined(attacker);
  return { session, webSocket: await upgradeOf(attacker, session) };
}

function targetOf(session: RawPolling): string {
  return session.target.replace('transport=polling', 'transport=websocket');
}

async function upgradeOf(attacker: Attacker, session: RawPolling): Promise<RawWebSocket> {
  const webSocket = await attacker.webSocket({ target: targetOf(session) });
  await webSocket.opened();
  return webSocket;
}

async function ended(webSocket: RawWebSocket): Promise<string> {
  return [...webSocket.messages, await webSocket.ending()].join(' ');
}

/** A path that nobody serves. */
const foreign = '/foreign/?EIO=4&transport=websocket';

export const upgradeCases: readonly HostileCase[] = [
  ...attempts.map(([name, packets, required]): HostileCase => ({
    name,
    required,
    async act(attacker) {
      const { session, webSocket } = await openUpgrade(attacker);
      webSocket.connection.write(Buffer.concat(packets.map((each) => frame(each))));
      const ending = await webSocket.ending(6_000);
      return `${[...webSocket.messages, ending].join(' ')}; ${await session.outcome()}`;
    },
  })),
  {
    name: 'begins an upgrade and says nothing',
    required: 'close; alive',
    async act(attacker) {
      const { session, webSocket } = await openUpgrade(attacker);
      // Its heartbeat goes on over polling, as that of a client does.
      const outcome = await session.outcome();
      return `${await ended(webSocket)}; ${outcome}`;
    },
  },
  {
    name: 'probes and says nothing more',
    required: '3probe close; alive',
    async act(attacker) {
      const { session, webSocket } = await openUpgrade(attacker);
      webSocket.send('2probe');
      await webSocket.message('3probe');
      const outcome = await session.outcome();
      return `${await ended(webSocket)}; ${outcome}`;
    },
  },
  {
    name: 'begins an upgrade twice',
    required: 'close; 3probe alive',
    async act(attacker) {
      const { session, webSocket } = await openUpgrade(attacker);
      const second = await upgradeOf(attacker, session);
      const ending = await second.ending();
      webSocket.send('2probe');
      await webSocket.message('3probe');
      webSocket.send('5');
      return `${ending}; ${await webSocket.outcome()}`;
    },
  },
  {
    name: 'upgrades the session that it has upgraded',
    required: 'close; 3probe alive',
    async act(attacker) {
      const { session, webSocket } = await openUpgrade(attacker);
      webSocket.send('2probe');
      await webSocket.message('3probe');
      webSocket.send('5');
      const again = await upgradeOf(attacker, session);
      const ending = await again.ending();
      return `${ending}; ${await webSocket.outcome()}`;
    },
  },
  {
    name: 'upgrades a session that began with a WebSocket',
    required: 'close; alive',
    async act(attacker) {
      const webSocket = await attacker.webSocket();
      const { sid } = JSON.parse((await webSocket.message('0')).slice(1)) as { sid: string };
      await webSocket.join();
      const second = await attacker.webSocket({ target: `${webSocketTarget}&sid=${sid}` });
      return `${await second.ending()}; ${await webSocket.outcome()}`;
    },
  },
  {
    name: 'polls a session that is a WebSocket',
    required: '400 {"code":3,"message":"Bad request"}; alive',
    async act(attacker) {
      const webSocket = await attacker.webSocket();
      const { sid } = JSON.parse((await webSocket.message('0')).slice(1)) as { sid: string };
      await webSocket.join();
      const answer = await attacker.request(`/socket.io/?EIO=4&transport=polling&sid=${sid}`);
      return `${told([answer])}; ${await webSocket.outcome()}`;
    },
  },
  ...['3', '5', '', '__proto__'].map((revision): HostileCase => ({
    name: `upgrades its session with revision "${revision}"`,
    required: '400; alive',
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      const target = targetOf(session).replace('EIO=4', `EIO=${revision}`);
      const webSocket = await attacker.webSocket({ target, head: Buffer.concat([frame('5'), frame('2')]) });
      return `${await webSocket.ending()}; ${await session.outcome()}`;
    },
  })),
  ...['__proto__', 'constructor', 'a'.repeat(10_000), '%00', '%'].map((sid): HostileCase => ({
    name: `upgrades the session ${sid.length > 20 ? 'of a long name' : sid}`,
    required: /^HTTP\/1\.1 400 .*Session ID unknown$/s,
    async act(attacker) {
      const connection = await attacker.connect();
      connection.write(upgradeRequest(`${webSocketTarget}&sid=${sid}`));
      await connection.until(() => connection.isEnded);
      return connection.received.toString();
    },
  })),
  ...['__proto__', 'constructor', 'toString', 'polling', 'webtransport', ''].map((transport): HostileCase => ({
    name: `upgrades to the transport "${transport}"`,
    required: '400',
    async act(attacker) {
      return (await attacker.webSocket({ target: `/socket.io/?EIO=4&transport=${transport}` })).ending();
    },
  })),
  {
    name: 'goes away right behind its upgrade',
    required: 'gone',
    async act(attacker) {
      const { session, webSocket } = await openUpgrade(attacker);
      webSocket.send('2probe');
      await webSocket.message('3probe');
      webSocket.send('5');
      await webSocket.connection.flushed();
      webSocket.connection.reset();
      await attacker.isDropped(webSocket.connection);
      return session.outcome();
    },
  },
  {
    name: 'resets within its upgrade request, at every byte',
    required: 'alive',
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      const bytes = upgradeRequest(targetOf(session));
      for (let length = 1; length <= bytes.length; length++) {
        const connection = await attacker.connect();
        connection.write(bytes.slice(0, length));
        await connection.flushed();
        connection.reset();
      }
      return session.outcome();
    },
  },
  {
    name: 'resets behind the 101, and behind its probe',
    required: 'alive',
    async act(attacker) {
      const session = await RawPolling.joined(attacker);
      for (const isProbed of [false, true]) {
        const webSocket = await upgradeOf(attacker, session);
        if (isProbed) {
          webSocket.send('2probe');
          await webSocket.message('3probe');
        }
        webSocket.connection.reset();
        await attacker.isDropped(webSocket.connection);
      }
      return session.outcome();
    },
  },
  ...['h2c', 'websocket', '__proto__'].map((protocol): HostileCase => ({
    name: `upgrades a foreign path to ${protocol}, and resets`,
    required: 'dropped',
    async act(attacker) {
      const bytes = upgradeRequest(foreign).replace('Upgrade: websocket', `Upgrade: ${protocol}`);
      const dropped: Promise<boolean>[] = [];
      for (let length = 20; length <= bytes.length; length += 10) {
        const connection = await attacker.connect();
        connection.write(bytes.slice(0, length));
        await connection.flushed();
        connection.reset();
        dropped.push(attacker.isDropped(connection));
      }
      const whole = await attacker.connect();
      whole.write(`${bytes}garbage behind it`);
      await whole.flushed();
      whole.reset();
      dropped.push(attacker.isDropped(whole));
      return (await Promise.all(dropped)).every(Boolean) ? 'dropped' : 'kept';
    },
  })),
  {
    name: 'upgrades a foreign path, and never closes',
    required: 'dropped',
    async act(attacker) {
      const connection = await attacker.connect();
      connection.write(upgradeRequest(foreign));
      await connection.until(() => connection.isEnded);
      return (await attacker.isDropped(connection)) ? 'dropped' : 'kept';
    },
  },
  {
    name: 'is refused an upgrade, and never closes',
    required: 'dropped',
    async act(attacker) {
      const connection = await attacker.connect();
      connection.write(upgradeRequest(`${webSocketTarget}&sid=unknown`));
      await connection.until(() => connection.isEnded);
      return (await attacker.isDropped(connection)) ? 'dropped' : 'kept';
    },
  },
];
