/** The share of time a server may wait for its core before others count as having disturbed it. */
const mostWaited = 0.2;

/**
 * Why a measurement should be made again; empty when there is no reason.
 *
 * @param {{ server: import('./usage.mjs').Usage }} measurement
 * @param {number} busy the share of a core the server has to ask for; 0 where it may be idle.
 * @returns {string[]}
 */
export function doubtsAbout({ server }, busy) {
  const doubts = [];
  const asked = (server.cpu + server.waited) / server.wall;
  if (asked < busy) doubts.push(`the server asked for ${percent(asked)} of its core, not ${percent(busy)}`);
  const waited = server.waited / server.wall;
  if (waited > mostWaited) doubts.push(`others had the server's core for ${percent(waited)} of the time`);
  return doubts;
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}
