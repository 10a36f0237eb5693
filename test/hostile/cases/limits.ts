import { told, type Attacker } from '../attacker.js';
import { frame } from '../frames.js';
import type { HostileCase } from '../hostile-case.js';
import { webSocketTarget } from '../raw-websocket.js';

const pollingTarget = '/socket.io/?EIO=4&transport=polling';
const goodPage = 'Origin: https://good.test';

const many = (count: number, packet: (index: number) => string): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_each, index) => frame(packet(index))));

/** Pages that are none of the allowed ones, however they look. */
const strangers = [
  'https://evil.test',
  'https://good.test.evil.test',
  'https://evil.test/good.test',
  'https://good.test:8443',
  'http://good.test',
  'null',
  'https://good.test, https://evil.test',
  'good.test',
  '*',
  '__proto__',
];

/** Sends events in one go, and tells how it ended. */
async function flood(attacker: Attacker, count: number): Promise<string> {
  const member = await attacker.member();
  member.connection.write(many(count, () => '42["event"]'));
  return member.outcome();
}

export const limitCases: readonly HostileCase[] = [
  {
    name: 'sends as many events at once as it may',
    required: 'alive',
    act: (attacker) => flood(attacker, 900),
  },
  {
    name: 'sends more events than it may, which are read later',
    required: '42["events",1300] alive',
    async act(attacker) {
      const member = await attacker.member();
      member.connection.write(many(1_300, () => '42["event"]'));
      member.send('42["events"]');
      await member.message('42["events"');
      return member.outcome();
    },
  },
  {
    name: 'sends 20,000 events at once',
    required: 'close 1008',
    isAlone: true,
    act: (attacker) => flood(attacker, 20_000),
  },
  {
    name: 'sends 20,000 events in ten sessions each',
    required: 'close 1008, '.repeat(9) + 'close 1008',
    act: async (attacker) => (await Promise.all(Array.from({ length: 10 }, () => flood(attacker, 20_000)))).join(', '),
  },
  {
    name: 'asks for 40 namespaces at once',
    required: /close 1008$/,
    async act(attacker) {
      const member = await attacker.member();
      member.connection.write(many(40, (index) => `40/room-${index % 30},`));
      return member.ending();
    },
  },
  {
    name: 'enters and leaves a namespace without end',
    required: /close 1008$/,
    async act(attacker) {
      const member = await attacker.member();
      member.connection.write(many(400, (index) => (index % 2 === 0 ? '40/room-1,' : '41/room-1,')));
      return member.ending();
    },
  },
  {
    name: 'is refused six times',
    required: /^(44\/nowhere,\{"message":"Invalid namespace"\} ){5}close$/,
    async act(attacker) {
      const member = await attacker.member();
      member.connection.write(many(6, () => '40/nowhere,'));
      await member.ending();
      return member.outcome();
    },
  },
  {
    name: 'enters 18 namespaces',
    required: /^(40\/room-\d+,\{[^}]+\} ){15}(44\/room-\d+,\{"message":"[^"]+"[^}]*\}+ ){3}alive$/,
    async act(attacker) {
      const member = await attacker.member();
      for (let index = 0; index < 18; index++) await member.join(`/room-${index}`);
      return member.outcome();
    },
  },
  {
    name: 'owes 1,500 answers',
    required: '42["refused",500] alive',
    isAlone: true,
    async act(attacker) {
      const member = await attacker.member();
      member.send('42["ask",1500]');
      await member.message('42["refused"');
      const questions = member.messages.splice(0).filter((each) => !each.includes('question'));
      return `${questions.join(' ')} ${await member.outcome()}`;
    },
  },
  ...strangers.flatMap((origin): HostileCase[] => [
    {
      name: `polls from the page ${origin}`,
      required: /^403 /,
      act: async (attacker) => told([await attacker.request(pollingTarget, { headers: [`Origin: ${origin}`] })]),
    },
    {
      name: `opens a WebSocket from the page ${origin}`,
      required: '403',
      act: async (attacker) => (await attacker.webSocket({ headers: [`Origin: ${origin}`] })).ending(),
    },
    {
      name: `changes over from the page ${origin}`,
      required: '403',
      async act(attacker) {
        const { body } = await attacker.request(pollingTarget, { headers: [goodPage] });
        const sid = /"sid":"([^"]+)"/.exec(body)?.[1];
        const target = `${webSocketTarget}&sid=${sid}`;
        return (await attacker.webSocket({ target, headers: [`Origin: ${origin}`] })).ending();
      },
    },
  ]),
  {
    name: 'comes from the page that may',
    required: '200, alive',
    async act(attacker) {
      const { status } = await attacker.request(pollingTarget, { headers: [goodPage] });
      const member = await attacker.member({ headers: [goodPage] });
      return `${status}, ${await member.outcome()}`;
    },
  },
];
