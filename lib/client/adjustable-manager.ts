import type { DefaultEventsMap, EventsMap } from '../shared/index.js';
import { BaseManager, type Settings } from './base-manager.js';
import type { Engine } from './engine.js';
import type { SocketOptions } from './options.js';
import type { Socket } from './socket.js';

/** A manager whose settings can be read and changed while it runs. */
export class AdjustableManager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends BaseManager<ListenEvents, EmitEvents> {
  declare engine: Engine;

  declare socket: (namespace: string, options?: SocketOptions) => Socket<ListenEvents, EmitEvents>;

  /** Whether a lost connection is made again; `false` ends the attempts that run. */
  reconnection(): boolean;
  reconnection(value: boolean): this;
  reconnection(value?: boolean): this | boolean {
    if (value === false) this.mayReconnect = false;
    return this.#setting('reconnection', value);
  }

  /** How many attempts there are; 0 is no limit. */
  reconnectionAttempts(): number;
  reconnectionAttempts(value: number): this;
  reconnectionAttempts(value?: number): this | number {
    return this.#setting('reconnectionAttempts', value);
  }

  /** The first pause, in milliseconds. */
  reconnectionDelay(): number;
  reconnectionDelay(value: number): this;
  reconnectionDelay(value?: number): this | number {
    return this.#setting('reconnectionDelay', value);
  }

  /** The longest pause, in milliseconds. */
  reconnectionDelayMax(): number;
  reconnectionDelayMax(value: number): this;
  reconnectionDelayMax(value?: number): this | number {
    return this.#setting('reconnectionDelayMax', value);
  }

  /** How far a pause may be off, from 0 to 1. */
  randomizationFactor(): number;
  randomizationFactor(value: number): this;
  randomizationFactor(value?: number): this | number {
    return this.#setting('randomizationFactor', value);
  }

  /** The longest time an attempt may take, in milliseconds; `false` is for ever. */
  timeout(): number | false;
  timeout(value: number | false): this;
  timeout(value?: number | false): this | number | false {
    return this.#setting('timeout', value);
  }

  #setting<Name extends keyof Settings>(name: Name, value: Settings[Name] | undefined): this & Settings[Name] {
    if (value === undefined) return this.settings[name] as never;
    this.settings[name] = value;
    return this as never;
  }
}
