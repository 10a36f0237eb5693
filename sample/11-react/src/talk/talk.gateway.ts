import {
  ConnectedSocket,
  MessageBody,
  PublicNamespace,
  SubscribeAck,
  UseNamespaceMiddleware,
  WebSocketGateway,
} from 'rookery';
import { DraftPipe } from './draft.pipe.js';
import { NameMiddleware } from './name.middleware.js';
import type { Draft, Message, TalkSocket } from './talk.events.js';
import { TalkService } from './talk.service.js';

/** Its public methods are the events that the page knows: `EventsOf<typeof TalkGateway>`. */
@WebSocketGateway({ namespace: '/talk' })
@PublicNamespace()
@UseNamespaceMiddleware(NameMiddleware)
export class TalkGateway {
  constructor(private readonly talk: TalkService) {}

  /** Says a draft once: one that comes again behind a lost connection is answered as before. */
  @SubscribeAck()
  say(@ConnectedSocket() socket: TalkSocket, @MessageBody(DraftPipe) draft: Draft): Message {
    const { name } = socket.data as { name: string };
    const known = this.talk.find(name, draft.id);
    if (known !== undefined) return known;
    const message = this.talk.add(name, draft);
    socket.broadcast.emit('said', message);
    return message;
  }

  @SubscribeAck()
  history(): readonly Message[] {
    return this.talk.history();
  }
}
