/** What was done about a client that does not take what it is sent, as listeners of `slowConsumer` get it. */
export interface SlowConsumer {
  /** `dropped`: volatile packets made room for others. `closed`: the session ends, with the reason `slow consumer`. */
  readonly action: 'dropped' | 'closed';
  /** How many packets were dropped: volatile ones, or all that waited. */
  readonly dropped: number;
  /** About how many bytes waited before that. */
  readonly waitingBytes: number;
  /** How many packets waited before that. */
  readonly waitingPackets: number;
}
