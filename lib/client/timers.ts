/** What a timer is known by: a number in browsers, an object on Node. */
export type Timer = ReturnType<typeof setTimeout>;

/** Starts and stops the timers of one manager. */
export interface Timers {
  set(run: () => void, delay: number): Timer;
  clear(timer: Timer | undefined): void;
}

/** Which timers a client uses. */
export interface TimerOptions {
  /** Whether the platform's own timers are used even where the page replaces them later. @default false */
  readonly useNativeTimers?: boolean | undefined;
  /** Whether neither timers nor connections keep a Node process alive. @default false */
  readonly autoUnref?: boolean | undefined;
}

// Called bare: a browser refuses them as methods of another object.
const { setTimeout: nativeSet, clearTimeout: nativeClear } = globalThis;

/** Returns the timers that the options ask for. */
export function timersOf({ useNativeTimers, autoUnref }: TimerOptions): Timers {
  return {
    set: (run, delay) => {
      const timer = useNativeTimers === true ? nativeSet(run, delay) : setTimeout(run, delay);
      if (autoUnref === true) (timer as Partial<Timer>).unref?.();
      return timer;
    },
    clear: (timer) => (useNativeTimers === true ? nativeClear(timer) : clearTimeout(timer)),
  };
}
