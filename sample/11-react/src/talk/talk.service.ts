import { Injectable } from '@nestjs/common';
import type { Draft, Message } from './talk.events.js';

const mostMessages = 100;

/** The last messages, in memory: a server that starts anew knows none. */
@Injectable()
export class TalkService {
  #messages: readonly Message[] = [];

  history(): readonly Message[] {
    return this.#messages;
  }

  find(from: string, id: string): Message | undefined {
    return this.#messages.find((each) => each.id === id && each.from === from);
  }

  add(from: string, { id, text }: Draft): Message {
    const message = { id, from, text };
    this.#messages = [...this.#messages, message].slice(-mostMessages);
    return message;
  }
}
