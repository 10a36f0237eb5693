import * as client from './browser.js';

/** What a page's script gets as `io`: the function, with everything else as its properties. */
const { io, ...others } = client;

Object.assign(globalThis, { io: Object.assign(io, others) });
