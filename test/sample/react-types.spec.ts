import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import ts from 'typescript';

const folder = resolve('sample/11-react/page');
const file = resolve(folder, 'uses-hooks.ts');

/** What a component may write, and below each announcement what it may not. */
const text = `
  import { request, type EventsOf, type Socket } from 'rookery/client';
  import type { ServerEvents } from '../src/talk/talk.events';
  import type { TalkGateway } from '../src/talk/talk.gateway';
  import { useConnection } from './socket/use-connection';
  import { useSocket } from './socket/use-socket';
  import { useSocketEvent } from './socket/use-socket-event';

  export async function useTypes(): Promise<string> {
    const socket: Socket<ServerEvents, EventsOf<typeof TalkGateway>> = useSocket('/talk');
    useSocketEvent(socket, 'said', ({ from, text }) => console.log(from, text));
    useSocketEvent(socket, 'disconnect', (reason) => console.log(reason));
    // @ts-expect-error: no event of the server
    useSocketEvent(socket, 'heard', () => {});
    // @ts-expect-error: a message is no text
    useSocketEvent(socket, 'said', (text: string) => console.log(text));
    // @ts-expect-error: no such state
    if (useConnection(socket).state === 'asleep') return '';
    // @ts-expect-error: no method of the gateway
    await request(socket, 'shout', { id: '1', text: 'hello' });
    // @ts-expect-error: a draft has an id
    await request(socket, 'say', { text: 'hello' });
    // @ts-expect-error: a message has no time
    const { time } = await request(socket, 'say', { id: '1', text: 'hello' });
    const { from } = await request(socket, 'say', { id: '1', text: 'hello' });
    return from + String(time);
  }
`;

/** What the compiler says of a file of the page that is not there. */
function complaintsOf(content: string): string[] {
  const { config } = ts.readConfigFile(resolve(folder, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target, ...rest) =>
    resolve(path) === file ? ts.createSourceFile(path, content, target) : read(path, target, ...rest);
  const program = ts.createProgram([file], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

it('the hooks of the React sample know the events of both sides, and refuse others', () => {
  expect(complaintsOf(text)).toEqual([]);
  const announcements = text.split('// @ts-expect-error').length - 1;
  expect(complaintsOf(text.replaceAll('// @ts-expect-error', '//'))).toHaveLength(announcements);
}, 60_000);
