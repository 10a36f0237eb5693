import type { Attacker } from '../attacker.js';
import type { HostileCase } from '../hostile-case.js';

/** What a client needs to come back. */
interface RecoveryData {
  readonly sid: string;
  readonly pid: string;
  readonly offset: string;
}

/** Joins a namespace, gets an offset, and goes away without a word, unless told to stay. */
async function interrupted(
  attacker: Attacker,
  namespace = '',
  { stays = false, leaves = false, auth = {} }: { stays?: boolean; leaves?: boolean; auth?: object } = {},
): Promise<RecoveryData> {
  const name = namespace === '' ? '' : `${namespace},`;
  const webSocket = await attacker.webSocket();
  await webSocket.opened();
  const connected = await webSocket.join(namespace, auth);
  const { sid, pid } = JSON.parse(connected.slice(2 + name.length)) as RecoveryData;
  webSocket.send(`42${name}["offset"]`);
  const [, offset] = JSON.parse((await webSocket.message(`42${name}["kept"`)).slice(2 + name.length)) as [
    string,
    string,
  ];
  if (leaves) {
    webSocket.send(`41${name}`);
    await webSocket.connection.flushed();
  }
  if (!stays) {
    webSocket.connection.reset();
    await attacker.isDropped(webSocket.connection);
  }
  return { sid, pid, offset };
}

/** Comes with recovery data; tells whether it is the socket that was. */
async function comeBack(attacker: Attacker, auth: object, was: RecoveryData, namespace = ''): Promise<string> {
  const webSocket = await attacker.webSocket();
  await webSocket.opened();
  const answer = await webSocket.join(namespace, auth);
  if (!answer.startsWith('40')) return answer;
  const { sid } = JSON.parse(answer.slice(answer.indexOf('{'))) as RecoveryData;
  return sid === was.sid ? 'recovered' : 'a new socket';
}

/** What is made of good recovery data, and what must come of it. */
const forged: readonly (readonly [name: string, forge: (data: RecoveryData) => object, required: string])[] = [
  ['as it may', (data) => data, 'recovered'],
  ['with the name of a socket', ({ sid, offset }) => ({ pid: sid, offset }), 'a new socket'],
  ['with a guessed name', ({ pid, offset }) => ({ pid: `${pid.slice(0, -1)}!`, offset }), 'a new socket'],
  ['with the name __proto__', ({ offset }) => ({ pid: '__proto__', offset }), 'a new socket'],
  ['with no name', ({ offset }) => ({ pid: '', offset }), 'a new socket'],
  ['with a list of names', ({ pid, offset }) => ({ pid: [pid], offset }), 'a new socket'],
  ['with a name that is an object', ({ offset }) => ({ pid: { toString: 'a' }, offset }), 'a new socket'],
  ['with 900,000 characters of name', ({ offset }) => ({ pid: 'a'.repeat(900_000), offset }), 'a new socket'],
  ['with no offset', ({ pid }) => ({ pid, offset: '' }), 'a new socket'],
  ['with the offset __proto__', ({ pid }) => ({ pid, offset: '__proto__' }), 'a new socket'],
  ['with an offset that is none', ({ pid, offset }) => ({ pid, offset: `${offset}zzzz` }), 'a new socket'],
  ['with a negative offset', ({ pid, offset }) => ({ pid, offset: offset.replace(/\.(\w+)$/, '.-1') }), 'a new socket'],
  ['with a number as its offset', ({ pid }) => ({ pid, offset: 0 }), 'a new socket'],
];

export const recoveryCases: readonly HostileCase[] = [
  ...forged.map(([name, forge, required]): HostileCase => ({
    name: `comes back ${name}`,
    required,
    async act(attacker) {
      const data = await interrupted(attacker);
      const { pid, offset } = data;
      return comeBack(attacker, { pid, offset, ...forge(data) }, data);
    },
  })),
  {
    name: 'comes back twice with the same data',
    required: 'recovered, then a new socket',
    async act(attacker) {
      const data = await interrupted(attacker);
      const first = await comeBack(attacker, data, data);
      return `${first}, then ${await comeBack(attacker, data, data)}`;
    },
  },
  {
    name: 'comes back ten times at once',
    required: '1 recovered',
    async act(attacker) {
      const data = await interrupted(attacker);
      const all = await Promise.all(Array.from({ length: 10 }, () => comeBack(attacker, data, data)));
      return `${all.filter((each) => each === 'recovered').length} recovered`;
    },
  },
  {
    name: 'comes back while it is still there',
    required: 'a new socket',
    async act(attacker) {
      const data = await interrupted(attacker, '', { stays: true });
      return comeBack(attacker, data, data);
    },
  },
  {
    name: 'comes back when it has left on purpose',
    required: 'a new socket',
    async act(attacker) {
      const data = await interrupted(attacker, '', { leaves: true });
      return comeBack(attacker, data, data);
    },
  },
  {
    name: 'comes back to another namespace',
    required: 'a new socket',
    async act(attacker) {
      const data = await interrupted(attacker);
      return comeBack(attacker, data, data, '/other');
    },
  },
  {
    name: 'comes back past a guard with the data of somebody whom it let in',
    required: '44/guarded,{"message":"no"}',
    async act(attacker) {
      const data = await interrupted(attacker, '/guarded', { auth: { token: 'good' } });
      return comeBack(attacker, { ...data, token: 'bad' }, data, '/guarded');
    },
  },
  {
    name: 'comes back past a guard with the data of another namespace',
    required: '44/guarded,{"message":"no"}',
    async act(attacker) {
      const data = await interrupted(attacker);
      return comeBack(attacker, data, data, '/guarded');
    },
  },
  {
    name: 'guesses 10,000 names of sessions',
    required: 'none recovered, alive',
    isAlone: true,
    async act(attacker) {
      const data = await interrupted(attacker);
      const webSocket = await attacker.member();
      const before = webSocket.all.length;
      for (let count = 0; count < 10_000; count++) {
        webSocket.send(`40/other,{"pid":"${data.pid.slice(0, -5)}${count}","offset":"${data.offset}"}`);
        webSocket.send('41/other,');
      }
      const outcome = await webSocket.outcome();
      const isRecovered = webSocket.all.slice(before).some((each) => each.includes(data.sid));
      return `${isRecovered ? 'recovered' : 'none recovered'}, ${outcome.split(' ').at(-1)}`;
    },
  },
];
