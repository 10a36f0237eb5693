import type { Timers } from './timers.js';

/** The timers of the page, as they are when they are needed. */
export const pageTimers: Timers = {
  set: (run, delay) => setTimeout(run, delay),
  clear: (timer) => clearTimeout(timer),
};
