import { useEffect, useReducer } from 'react';
import { AckError, request, type EventsOf } from 'rookery/client';
import type { TalkGateway } from '../../src/talk/talk.gateway';
import type { Message, ServerEvents } from '../../src/talk/talk.events';
import { useConnection } from '../socket/use-connection';
import { useSocket } from '../socket/use-socket';
import { useSocketEvent } from '../socket/use-socket-event';
import { linesAfter } from './lines';

/** Sent again until answered, one after the other; without a connection they wait, however long that is. */
const delivery = { retries: 3, ackTimeout: 5_000 };

/** The talk as one member sees it: messages, their own at once, and the connection. */
export function useTalk(name: string) {
  const socket = useSocket<ServerEvents, EventsOf<typeof TalkGateway>>('/talk', { auth: { name }, ...delivery });
  const connection = useConnection(socket);
  const [lines, dispatch] = useReducer(linesAfter, []);

  useSocketEvent(socket, 'said', (message) => dispatch({ type: 'told', messages: [message] }));

  const isConnected = connection.state === 'connected';
  useEffect(() => {
    // After each reconnection too: others have gone on.
    if (!isConnected) return;
    request(socket, 'history').then(
      (messages) => dispatch({ type: 'told', messages }),
      // Not without a connection; the next one asks again.
      () => {},
    );
  }, [socket, isConnected]);

  const send = (message: Message): void => {
    dispatch({ type: 'sending', message });
    request(socket, 'say', { id: message.id, text: message.text }).then(
      (said) => dispatch({ type: 'told', messages: [said] }),
      (error: Error) => {
        const failure = { message: error.message, mayTryAgain: !(error instanceof AckError) };
        dispatch({ type: 'failed', id: message.id, failure });
      },
    );
  };
  const say = (text: string): void => send({ id: newId(), from: name, text });

  return { connection, lines, say, sayAgain: send };
}

/** Enough for nobody else to have it, also on pages without TLS, where `crypto.randomUUID()` is missing. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}
