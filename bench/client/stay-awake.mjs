import { cores } from '../harness/cores.mjs';

/**
 * Keeps this process from ever waiting in the kernel, where it has a core to itself.
 *
 * Over loopback a write to a process that waits pays for waking it, across cores: several times what the write costs itself.
 * Clients of a server in production are on other machines, and their waking is not its work.
 */
export function stayAwake() {
  if (cores.length > 1) again();
}

function again() {
  setImmediate(again);
}
