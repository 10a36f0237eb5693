import { frame } from '../frames.js';
import { patience } from '../raw-connection.js';
import { inFrames, pattern, type HostileCase } from '../hostile-case.js';

const alive = 'alive';
const closed = 'close';
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
/** An answer that is an error, of whatever kind the filters tell. */
const refused = /^431\[\{"ok":false,"error":.*\}\] alive$/;
const internal = /^431\[\{"ok":false,"error":\{[^}]*"Internal server error"[^}]*\}\}\] alive$/;
/** Nothing was asked for: clients are told in an event. */
const told = /^42\["exception",.*\] alive$/;
const good = '{"number":1,"text":"a","author":{"name":"b"}}';
const thrown = ['error', 'undefined', 'null', 'text', 'bare', 'trap', 'revoked'];

/** Payloads of wrong types, for a handler that has its payload validated. */
const posts: readonly (readonly [name: string, payload: string])[] = [
  ['null', 'null'],
  ['true', 'true'],
  ['a number', '1'],
  ['a number beyond numbers', '1e999'],
  ['a text', '"text"'],
  ['a list', '[]'],
  ['a list of what it takes', `[${good}]`],
  ['an object without fields', '{}'],
  ['a list of 10,000', `[${Array(10_000).fill('{}').join()}]`],
  ['a text for a number', '{"number":"1","text":"a","author":{"name":"b"}}'],
  ['an object for a text', '{"number":1,"text":{"length":3},"author":{"name":"b"}}'],
  ['a list for a text', '{"number":1,"text":["a"],"author":{"name":"b"}}'],
  ['a text for an object', '{"number":1,"text":"a","author":"b"}'],
  ['no author', '{"number":1,"text":"a"}'],
  ['10,000 authors', `{"number":1,"text":"a","author":[${Array(10_000).fill('{"name":1}').join()}]}`],
  ['a prototype for a payload', '{"__proto__":{"number":1,"text":"a","author":{"name":"b"}}}'],
  ['a constructor', '{"constructor":{"name":"Object"},"number":1}'],
  ['a length', '{"length":1e9}'],
  ['the method then', '{"then":1}'],
  ['60 levels', nested(60)],
];

const rooms = [
  ['no room', '{}'],
  ['a null', '{"room":null}'],
  ['an object', '{"room":{}}'],
  ['a list', '{"room":["a"]}'],
  ['nothing', '{"room":""}'],
  ['257 characters', `{"room":"${'r'.repeat(257)}"}`],
  ['a payload null', 'null'],
  ['a payload that is a text', '"room"'],
] as const;

const packets: readonly (readonly [name: string, packets: readonly (string | Buffer)[], required: string | RegExp])[] =
  [
    ['posts what is valid', [`421["post",${good}]`], '431[{"ok":true,"data":1}] alive'],
    [
      'posts what is valid, and names of the prototype',
      [`421["post",{"__proto__":{"x":1},"constructor":1,${good.slice(1)}]`],
      '431[{"ok":true,"data":1}] alive',
    ],
    ...posts.map(([name, payload]) => [`posts ${name}`, [`421["post",${payload}]`], refused] as const),
    ...posts.map(([name, payload]) => [`posts ${name}, and wants no answer`, [`42["post",${payload}]`], told] as const),
    ['posts nothing', ['421["post"]'], refused],
    ['posts bytes', ['451-1["post",{"_placeholder":true,"num":0}]', Buffer.from([1])], refused],
    ['posts 64 levels', [`421["post",${nested(64)}]`], closed],
    ['tells a guard a secret', ['421["echo",{"secret":1}]'], refused],
    ['enters a room', ['421["enter",{"room":"a"}]'], '431[{"ok":true,"data":true}] alive'],
    ...['__proto__', 'constructor', 'toString'].map(
      (room) =>
        [
          `enters the room ${room}`,
          [`421["enter",{"room":"${room}","name":{"__proto__":{"a":1}}}]`, `422["say",{"room":"${room}","text":1}]`],
          /^431\[\{"ok":true,"data":true\}\] 432\[\{"ok":true.*\}\] alive$/,
        ] as const,
    ),
    ...rooms.map(([name, payload]) => [`enters ${name}`, [`421["enter",${payload}]`], refused] as const),
    ...rooms.map(([name, payload]) => [`leaves ${name}`, [`421["leave",${payload}]`], refused] as const),
    [
      'enters 300 rooms in one go',
      Array.from({ length: 300 }, (_each, index) => `42["enter",{"room":"${index}","name":1}]`),
      /^42\["exception",\{"status":429,.*"code":"joinRate".*alive$/,
    ],
    ['speaks in a room that it is not in', ['421["say",{"room":"elsewhere","text":1}]'], refused],
    [
      'has 60 levels sent to a room',
      [`421["enter",{"room":"b"}]`, `42["say",{"room":"b","text":${nested(58)}}]`],
      /alive$/,
    ],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'onModuleInit', 'catch', ''].map(
      (event) => [`sends the application "${event}"`, [`42["${event}",{"a":1}]`], alive] as const,
    ),
    ...['connection', 'disconnect'].map(
      (event) => [`sends the application the event ${event}`, [`42["${event}",{"a":1}]`], /^(alive|close)$/] as const,
    ),
    ...thrown.flatMap((what) => [
      [`a gateway throws: ${what}`, [`421["throws","${what}"]`], internal] as const,
      [`a gateway rejects: ${what}`, [`421["rejects","${what}"]`], internal] as const,
      [`a stream fails: ${what}`, [`421["streams an error","${what}"]`], internal] as const,
      [`a gateway throws, and nobody asked: ${what}`, [`42["throws","${what}"]`], told] as const,
    ]),
    ['a gateway throws what there is not', ['421["throws","__proto__"]'], internal],
    ['a filter fails', ['421["fails in its filter"]'], internal],
    ['enters a namespace of no gateway', ['40/nowhere,'], '44/nowhere,{"message":"Invalid namespace"} alive'],
  ];

export const nestCases: readonly HostileCase[] = [
  ...packets.map(([name, all, required]): HostileCase => ({
    name: `Nest: ${name}`,
    required,
    async act(attacker) {
      const member = await attacker.member();
      for (const packet of all) member.send(packet);
      // Handlers answer in their own time: `alive` may be quicker.
      await member.until(() => pattern(required).test([...member.messages, alive].join(' ')));
      return member.outcome();
    },
  })),
  inFrames(
    'Nest: enters and leaves 3,000 rooms',
    () =>
      Array.from({ length: 3_000 }, (_each, index) => [
        frame(`42["enter",{"room":"${index}","name":1}]`),
        frame(`42["leave",{"room":"${index}"}]`),
      ]).flat(),
    /^42\["exception",\{"status":429.*close 1008$/,
    { isAlone: true },
  ),
  inFrames(
    'Nest: posts 5,000 times what is not valid',
    () => Array<Buffer>(5_000).fill(frame('42["post",{"number":"x"}]')),
    /close 1008$/,
    { isAlone: true },
  ),
  ...['never', 'ticks'].map((event): HostileCase => ({
    name: `Nest: listens to 500 streams without end, and is gone: ${event}`,
    required: /^500 open, [01] left$/,
    isAlone: true,
    async act(attacker) {
      const [member, other] = [await attacker.member(), await attacker.member()];
      const streams = async (): Promise<number> => {
        other.messages.length = 0;
        other.send('421["open streams"]');
        await other.until(() => other.messages.some((each) => each.startsWith('431')));
        return Number(/"data":(\d+)/.exec(other.messages.join())?.[1]);
      };
      member.connection.write(Buffer.concat(Array<Buffer>(500).fill(frame(`42["${event}"]`))));
      const deadline = performance.now() + patience;
      let open = 0;
      while (open < 500 && performance.now() < deadline) open = await streams();
      member.connection.reset();
      await attacker.isDropped(member.connection);
      return `${open} open, ${await streams()} left`;
    },
  })),
];
