import { BadRequestException, Injectable } from '@nestjs/common';
import type { ChatMessage } from './chat.events.js';

const historyLength = 50;
const maxRooms = 1_000;
const longestText = 500;

/** Keeps the last messages of each room, in memory. */
@Injectable()
export class ChatService {
  private readonly histories = new Map<string, readonly ChatMessage[]>();

  /** The last messages of a room, oldest first. */
  history(room: string): readonly ChatMessage[] {
    return this.histories.get(room) ?? [];
  }

  add(room: string, from: unknown, text: unknown): ChatMessage {
    const message = { from: textOf(from, 'A name'), text: textOf(text, 'A message') };
    const history = [...this.history(room), message].slice(-historyLength);
    // Written to again, a room is the youngest: the oldest is the one that is forgotten.
    this.histories.delete(room);
    this.histories.set(room, history);
    const [oldest] = this.histories.keys();
    if (this.histories.size > maxRooms && oldest !== undefined) this.histories.delete(oldest);
    return message;
  }
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= longestText) return value;
  throw new BadRequestException(`${what} is a text of 1 to ${longestText} characters`);
}
