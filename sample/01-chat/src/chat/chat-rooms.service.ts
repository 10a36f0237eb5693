import { Injectable } from '@nestjs/common';
import type { ChatMessage } from './chat.events.js';

const historyLength = 50;
const maxRooms = 1_000;

/** Keeps the last messages of each room, in memory. */
@Injectable()
export class ChatRooms {
  private readonly histories = new Map<string, ChatMessage[]>();
  private nextId = 1;

  /** The last messages of a room, oldest first. */
  history(room: string): readonly ChatMessage[] {
    return this.histories.get(room) ?? [];
  }

  add(room: string, from: string, text: string): ChatMessage {
    const message: ChatMessage = { id: this.nextId++, room, from, text, sentAt: Date.now() };
    const history = this.histories.get(room) ?? [];
    // Written to again, a room is the youngest: the oldest is the one that is forgotten.
    this.histories.delete(room);
    this.histories.set(room, [...history, message].slice(-historyLength));
    const [oldest] = this.histories.keys();
    if (this.histories.size > maxRooms && oldest !== undefined) this.histories.delete(oldest);
    return message;
  }
}
