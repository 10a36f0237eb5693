import { frame } from '../frames.js';
import { inSession, type HostileCase } from '../hostile-case.js';

const bytes = Buffer.from([1, 2, 3]);
const invalid = '{"message":"Invalid namespace"}';
const placeholder = (num: string): string => `451-["echo",{"_placeholder":true,"num":${num}}]`;
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const alive = 'alive';
const closed = 'close';

const packets: readonly (readonly [name: string, packets: readonly (string | Buffer)[], required: string | RegExp])[] =
  [
    ['sends no packet', ['4'], closed],
    ['sends type 7', ['47'], closed],
    ['sends type -', ['4-'], closed],
    ['sends a million digits', [`42${'1'.repeat(999_000)}`], closed],
    ['sends an event without data', ['42'], closed],
    ['sends an event that is an object', ['42{"toString":"foo"}'], closed],
    ['sends an event that is cut off', ['42["alive"'], closed],
    ['sends an event of no name', ['42[]'], closed],
    ['names an event null', ['42[null]'], closed],
    ['names an event true', ['42[true]'], closed],
    ['names an event by an object', ['42[{"toString":"foo"}]'], closed],
    ['names an event by a list', ['42[["alive"]]'], closed],
    ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].map(
      (name) => [`sends the reserved event ${name}`, [`42["${name}",{"a":1}]`], closed] as const,
    ),
    ...['error', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '_events', 'then', ''].map(
      (name) => [`sends the event "${name}"`, [`42["${name}",{"a":1}]`], alive] as const,
    ),
    ['sends an event of 990,000 characters', [`42["${'e'.repeat(990_000)}"]`], alive],
    ['sends the event 123', ['42[123,"x"]'], alive],
    ['sends the event 1e999', ['42[1e999]'], closed],
    ['sends the lone half of a character', ['42["alive","\\ud800"]'], alive],
    ['asks with the id -1', ['42-1["alive"]'], closed],
    ['asks with the id 2^53', ['429007199254740992["alive"]'], closed],
    ['asks with an id of 20 digits', [`42${'9'.repeat(20)}["alive"]`], closed],
    ['asks with the greatest id', ['429007199254740991["alive"]'], '439007199254740991[] alive'],
    ['asks with an id of leading zeros', ['420001["alive"]'], /^(431\[\] alive|close)$/],
    ['asks twice with one id', ['421["alive"]', '421["alive"]'], '431[] 431[] alive'],
    ['answers what nobody asked', ['431[1]', '439007199254740991["a"]'], alive],
    ['answers without an id', ['43[1]'], closed],
    ['answers with an object', ['431{"a":1}'], closed],
    ['refuses the server', ['44{"message":"no"}'], closed],
    ['joins what it has joined', ['40'], closed],
    ['joins with a list', ['40/data,[]'], closed],
    ['joins with null', ['40/data,null'], closed],
    ['joins with a text', ['40/data,"a"'], closed],
    ['joins twice in one segment', ['40/data,', '40/data,'], /close$/],
    ['joins no namespace', ['40/nowhere,'], `44/nowhere,${invalid} alive`],
    ['joins a namespace with a query', ['40/data?x=1,'], `44/data?x=1,${invalid} alive`],
    ['joins the namespace /__proto__', ['40/__proto__,'], `44/__proto__,${invalid} alive`],
    ['joins the namespace /constructor', ['40/constructor,'], `44/constructor,${invalid} alive`],
    ['joins a namespace without a comma', ['40/nowhere'], `44/nowhere,${invalid} alive`],
    ['joins a namespace of 100,000 characters', [`40/${'a'.repeat(100_000)},`], closed],
    ['is refused', ['40/refusing,'], '44/refusing,{"message":"no"} alive'],
    ['is refused twice in one segment', ['40/refusing,', '40/refusing,'], /close$|"no"\} alive$/],
    ['leaves what it has not joined', ['41/data,'], closed],
    ['leaves with words', ['41{"a":1}'], closed],
    ['sends an event where it has not joined', ['42/data,["alive"]'], closed],
    ['sends an event where nothing is', ['42/nowhere,["alive"]'], closed],
    ['announces attachments without a dash', ['451["echo"]'], closed],
    ['announces no number of attachments', ['45-["echo"]'], closed],
    ['announces -1 attachments', ['45-1-["echo"]'], closed],
    ['announces 0 attachments', ['450-["echo"]', bytes], closed],
    ['announces 0 attachments of an answer', ['460-1["echo"]', bytes], closed],
    ['announces 11 attachments', ['4511-["echo"]'], closed],
    ['announces 99,999,999,999 attachments', ['4599999999999-["echo"]', bytes], closed],
    ['announces 1.5 attachments', ['451.5-["echo"]'], closed],
    ['sends text instead of an attachment', [placeholder('0'), '42["alive"]'], closed],
    ['leaves instead of an attachment', [placeholder('0'), '41'], closed],
    ['sends an attachment too many', [placeholder('0'), bytes, bytes], closed],
    ...['-1', '1', '0.5', '1e308', '"0"', '"splice"', '"__proto__"', '"length"', 'null', '[]', '{}', 'true'].map(
      (num) => [`points to the attachment ${num}`, [placeholder(num), bytes], closed] as const,
    ),
    ['points to no attachment', ['451-["echo",{"_placeholder":true}]', bytes], closed],
    ['points to an attachment with its name', ['451-[{"_placeholder":true,"num":0}]', bytes], /^(alive|close)$/],
    [
      'points to one attachment ten thousand times',
      [`451-["alive",${Array(10_000).fill('{"_placeholder":true,"num":0}').join()}]`, bytes],
      closed,
    ],
    ['nests an event 400,000 levels deep', [`42["alive",${nested(400_000)}]`], closed],
    [
      'nests an attachment 100,000 levels deep',
      [`451-["alive",${nested(100_000)},{"_placeholder":true,"num":0}]`, bytes],
      closed,
    ],
    ['wants an echo of 63 levels', [`421["echo",${nested(63)}]`], /^431\[\[+\]+ alive$/],
    ['wants an echo of 64 levels', [`421["echo",${nested(64)}]`], closed],
    ['wants an echo of 100,000 levels', [`421["echo",${nested(100_000)}]`], closed],
    [
      'writes to the prototype of all objects',
      ['421["polluted",{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}]'],
      '431[["clean",[]]] alive',
    ],
    ['repeats a key 50,000 times', [`42["alive",{${Array(50_000).fill('"a":1').join()}}]`], alive],
    ['brings 90,000 keys', [`42["alive",{${Array.from({ length: 90_000 }, (_each, n) => `"${n}":1`).join()}}]`], alive],
    ['brings a number of 100,000 digits', [`42["alive",${'9'.repeat(100_000)}]`], alive],
  ];

export const socketIoCases: readonly HostileCase[] = [
  ...packets.map(([name, all, required]) => inSession(name, all, required)),
  {
    name: 'joins with keys of the prototype',
    required: /^40\/data,\{"sid":"\*"\} 42\/data,\["auth",\[("__proto__",)?"admin"\],"clean"\] alive$/,
    async act(attacker) {
      const member = await attacker.member();
      member.send('40/data,{"__proto__":{"admin":true},"admin":1}');
      await member.message('42/data,');
      return member.outcome();
    },
  },
  {
    name: 'leaves the main namespace and goes on in it',
    required: 'close',
    async act(attacker) {
      const member = await attacker.member();
      member.send('41');
      return member.outcome();
    },
  },
  {
    name: 'never finishes its attachments, with a megabyte in hand, 50 times',
    required: '50 open',
    async act(attacker) {
      const part = frame(Buffer.alloc(900_000));
      const head = frame('452-["echo",{"_placeholder":true,"num":0}]');
      for (let count = 0; count < 50; count++) {
        const { connection } = await attacker.member();
        connection.write(head);
        connection.write(part);
        await connection.flushed();
      }
      return '50 open';
    },
  },
  inSession(
    'joins 3,000 namespaces that there are not',
    Array.from({ length: 3_000 }, (_each, index) => `40/no-${index},`),
    /^(44\/no-\d+,\{"message":"Invalid namespace"\} ){3000}alive$/,
    { isAlone: true },
  ),
  inSession(
    'joins 3,000 namespaces that are made for it',
    Array.from({ length: 3_000 }, (_each, index) => `40/dyn-${index},`),
    /alive$/,
    { isAlone: true },
  ),
  inSession(
    'joins and leaves one namespace 3,000 times',
    Array.from({ length: 6_000 }, (_each, index) => `${index % 2 === 0 ? '40' : '41'}/dyn-again,`),
    /alive$/,
    { isAlone: true },
  ),
  inSession(
    'joins 20,000 rooms',
    Array.from({ length: 20_000 }, (_each, index) => `42["join","room-${index}"]`),
    alive,
    { isAlone: true },
  ),
  inSession(
    'joins and leaves a room 20,000 times',
    Array.from({ length: 40_000 }, (_each, index) => `42["${index % 2 === 0 ? 'join' : 'leave'}","room"]`),
    alive,
    { isAlone: true },
  ),
  {
    name: 'answers none of 5,000 questions',
    required: 'alive',
    isAlone: true,
    async act(attacker) {
      const member = await attacker.member();
      // What the application sends in one turn is its own: a thousand at a time.
      for (let asked = 0; asked < 5_000; asked += 1_000) {
        member.send('42["ask",1000]');
        await member.until(() => member.messages.length >= 1_000);
        member.messages.length = 0;
      }
      return member.outcome();
    },
  },
  {
    name: 'answers each of 1,000 questions a thousand times',
    required: 'alive',
    isAlone: true,
    async act(attacker) {
      const member = await attacker.member();
      member.send('42["ask",1000]');
      await member.until(() => member.messages.length >= 1_000);
      const ids = member.messages.splice(0).map((message) => /^42(\d+)/.exec(message)![1]);
      const answers = Buffer.concat(ids.map((id) => frame(`43${id}[1]`)));
      for (let count = 0; count < 100; count++) member.connection.write(answers);
      return member.outcome();
    },
  },
  {
    name: 'waits for a middleware that never answers, and for nothing else',
    required: 'close',
    async act(attacker) {
      const webSocket = await attacker.webSocket();
      await webSocket.opened();
      webSocket.send('40/silent,');
      return webSocket.ending();
    },
  },
  {
    name: 'waits for a middleware that never answers, while it is elsewhere',
    required: /^44\/silent,.* alive$|^close$/,
    async act(attacker) {
      const member = await attacker.member();
      member.send('40/silent,');
      // As long as a client may be without any namespace, and as long again.
      await member.until(() => member.messages.length > 0, 4_000);
      return member.outcome();
    },
  },
  {
    name: 'goes away while a middleware never answers',
    required: 'gone',
    async act(attacker) {
      for (let count = 0; count < 50; count++) {
        const webSocket = await attacker.webSocket();
        await webSocket.opened();
        webSocket.send('40/silent,');
        await webSocket.connection.flushed();
        webSocket.connection.reset();
      }
      return 'gone';
    },
  },
  {
    name: 'forges a placeholder in what is sent on to others with bytes',
    required: 'others: <1 bytes> after',
    async act(attacker) {
      const room = 'forged';
      const other = await attacker.connectPublished();
      const received: string[] = [];
      const over = new Promise<void>((resolve) => {
        other.on('disconnect', (reason) => {
          received.push(reason);
          resolve();
        });
        other.on('relayed', (_value: unknown, sent: { length: number }) => received.push(`<${sent.length} bytes>`));
        other.on('after', () => {
          received.push('after');
          resolve();
        });
      });
      other.emit('join', room);
      await other.emitWithAck('alive');
      const member = await attacker.member();
      member.send(`42["relay","${room}",{"_placeholder":true,"num":7}]`);
      await over;
      other.off('disconnect');
      return `others: ${received.join(' ')}`;
    },
  },
];
