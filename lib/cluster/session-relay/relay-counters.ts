/** What a relay counts: what is on its way now, and what has become of the rest. */
export class RelayCounters {
  active = 0;
  relayed = 0;
  failed = 0;
  refused = 0;
  rejected = 0;
}
