import { Attacker, told } from '../attacker.js';
import { inSession, type HostileCase } from '../hostile-case.js';
import { webSocketTarget } from '../raw-websocket.js';
import { Target } from '../target.js';

const alive = 'alive';
const thrown = ['error', 'undefined', 'null', 'text', 'bare', 'trap', 'revoked'];
const unsendable = ['bigint', 'circle', 'circle with bytes', 'deep', 'deep with bytes', 'getter', 'toJSON', 'proxy'];
const failed = '{"message":"Internal server error"}';

/** A namespace, and what a client is told that comes there. */
const namespaces: readonly (readonly [name: string, required: string | RegExp])[] = [
  ['/middleware-throws', `44/middleware-throws,${failed} main alive`],
  ['/middleware-rejects', `44/middleware-rejects,${failed} main alive`],
  ['/middleware-throws-bare', `44/middleware-throws-bare,${failed} main alive`],
  ['/middleware-twice', '40 main alive'],
  ['/middleware-refuses-and-throws', '44/middleware-refuses-and-throws,{"message":"no"} main alive'],
  ['/middleware-unsendable', /^44\/middleware-unsendable,\{.*\} main alive$/],
  ['/middleware-disconnects', '40 main alive'],
  ['/connection-throws', '40 main alive'],
  ['/connection-rejects', '40 main alive'],
  ['/connection-disconnects', /close$/],
  ['/matcher-throws', '44/matcher-throws,{"message":"Invalid namespace"} main alive'],
];

const packets: readonly (readonly [name: string, packets: readonly string[], required: string | RegExp])[] = [
  ...thrown.flatMap((what) =>
    ['throws', 'rejects', 'rejects later'].map(
      (how) => [`a handler ${how}: ${what}`, [`42["${how}","${what}"]`], alive] as const,
    ),
  ),
  ...unsendable.flatMap((what) =>
    ['answers with', 'emits', 'asks with', 'broadcasts'].map((how) => {
      const id = how === 'answers with' ? '1' : '';
      // Deep values: some engines can write them.
      const required = what.startsWith('deep') ? /alive$/ : alive;
      return [`a handler ${how} what cannot be sent: ${what}`, [`42${id}["${how}","${what}"]`], required] as const;
    }),
  ),
  ['a handler throws behind its answer', ['421["throws behind its answer"]'], '431[] alive'],
  ['a handler answers twice', ['421["answers twice"]'], '431[1] alive'],
  ['a handler disconnects and throws', ['42["disconnects and throws"]'], '41 close'],
];

/** The first packet makes the application fail at the second. */
const prepared: readonly (readonly [name: string, packets: readonly string[]])[] = [
  ['a catch-all throws', ['42["fails in catch-alls"]', '42["anything"]']],
  ...['throws', 'rejects', 'twice', 'null', 'refuses', 'passes'].map(
    (how) => [`a middleware of a socket ${how}`, [`42["fails in middlewares","${how}"]`, '42["through"]']] as const,
  ),
  [
    'an error listener throws',
    ['42["fails in its error listener"]', '42["fails in middlewares","refuses"]', '42["through"]'],
  ],
];

export const applicationCases: readonly HostileCase[] = [
  ...packets.map(([name, all, required]) => inSession(name, all, required)),
  ...prepared.map(([name, steps]): HostileCase => ({
    name,
    required: alive,
    async act(attacker) {
      const member = await attacker.member();
      for (const step of steps) {
        member.send(step);
        if ((await member.outcome()) !== 'alive') break;
      }
      return member.outcome();
    },
  })),
  ...namespaces.map(([namespace, required]): HostileCase => ({
    name: `somebody comes to ${namespace}`,
    required,
    async act(attacker) {
      const member = await attacker.member();
      const answer = await member.join(namespace);
      const shown = answer.startsWith('40') ? '40' : answer;
      const outcome = await member.outcome();
      return `${shown} ${outcome.endsWith('alive') ? 'main alive' : outcome}`;
    },
  })),
  {
    name: 'a listener throws when its client is gone',
    required: 'gone',
    async act(attacker) {
      const member = await attacker.member();
      member.send('42["fails when its client is gone"]');
      await member.outcome();
      member.connection.reset();
      return 'gone';
    },
  },
  {
    name: 'a handler answers a client that is gone',
    required: 'gone',
    async act(attacker) {
      const member = await attacker.member();
      member.send('421["answers when its client is gone"]');
      await member.outcome();
      member.connection.reset();
      return 'gone';
    },
  },
  {
    name: 'what waits for an answer throws',
    required: 'alive',
    async act(attacker) {
      const member = await attacker.member();
      member.send('42["fails when it is answered"]');
      const question = await member.message('42');
      member.messages.length = 0;
      member.send(`43${/^42(\d+)/.exec(question)![1]}[]`);
      return member.outcome();
    },
  },
  ...(
    [
      ['allow=throws', '403 {"code":4,"message":"Forbidden"}', '400'],
      ['allow=throws%20behind%20its%20answer', /^200 0\{/, 'close'],
      ['allow=answers%20twice', /^200 0\{/, 'close'],
      ['middleware=throws', /^400 \{"code":3/, '400'],
      ['middleware=refuses', /^400 \{"code":3/, '400'],
    ] as const
  ).flatMap(([query, polling, webSocket]): HostileCase[] => [
    {
      name: `polls with ${query}`,
      required: polling,
      act: async (attacker) => told([await attacker.request(`/socket.io/?EIO=4&transport=polling&${query}`)]),
    },
    {
      name: `upgrades with ${query}`,
      required: webSocket,
      // Whom nobody refused is closed when it joins nothing.
      act: async (attacker) => (await attacker.webSocket({ target: `${webSocketTarget}&${query}` })).ending(),
    },
  ]),
];

export const failingPartCases: readonly HostileCase[] = [
  ...['throws', 'rejects'].flatMap((how) => [
    inSession(`an adapter ${how} when it broadcasts`, [`42["broadcast","${how}"]`], alive),
    inSession(`an adapter ${how} when a room is joined`, [`42["join","${how}"]`], alive),
  ]),
  {
    name: 'an adapter rejects when a room is joined, and the handler does not wait for it',
    required: 'alive',
    // A server of its own: it might not survive.
    async act() {
      const target = await Target.start('failing-parts');
      const attacker = new Attacker(target);
      try {
        const member = await attacker.member();
        member.send('42["join and go on","rejects"]');
        // The first answer may leave in the turn in which the process ends.
        await member.outcome();
        const outcome = await member.outcome();
        return (await target.isDead(outcome !== 'alive')) ? 'dead' : outcome;
      } finally {
        attacker.leave();
        await target.stop();
      }
    },
  },
  inSession('an adapter throws when a room is left', ['42["leave","throws"]'], alive),
  ...['throws', 'throws nothing', 'makes null', 'makes a type', 'makes a namespace', 'makes an id', 'makes a name'].map(
    (how) => inSession(`a parser ${how}`, [`42["parser ${how}"]`], 'close'),
  ),
  inSession('a parser repeats itself', ['42["parser repeats"]'], alive),
];
