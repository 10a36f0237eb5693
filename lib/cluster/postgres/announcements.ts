import type { Document } from './postgres-wire.js';

/** How many are remembered: what contradicts one comes soon behind it. */
const kept = 64;

/**
 * What was handed over as notifications told it, by its place: the table was not asked.
 *
 * A message is announced once; where a second announcement tells something else, one of them is false.
 */
export class Announcements {
  readonly #told = new Map<number, Document>();

  remember(id: number, document: Document): void {
    this.#told.set(id, document);
    // Places only rise.
    this.#told.delete(id - kept);
  }

  /** Whether something else was handed over in its place. */
  isContradicted(id: number, document: Document): boolean {
    const told = this.#told.get(id);
    return told !== undefined && textOf(told) !== textOf(document);
  }

  forget(): void {
    this.#told.clear();
  }
}

/** The same for the JSON of a notification and for what the table has of it. */
function textOf({ uid, type, data }: Document): string {
  return JSON.stringify([uid, type, data]);
}
