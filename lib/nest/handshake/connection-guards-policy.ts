/** Which guards decide about entering: those that are declared for it, or those of `@UseGuards()` on the class too. */
export type ConnectionGuardsPolicy = 'declared' | 'class';

/** Whether a value is a policy. */
export function isConnectionGuardsPolicy(value: unknown): value is ConnectionGuardsPolicy {
  return value === 'declared' || value === 'class';
}
