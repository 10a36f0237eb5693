/** A feature, with its tests by spec file, or with the reason why it has none. */
export interface Feature {
  readonly area: string;
  readonly feature: string;
  readonly tests?: Readonly<Record<string, readonly string[]>>;
  readonly reason?: string;
}

export function readFeatures(): Feature[];
export function withTable(readme: string, features: readonly Feature[]): string;
export function namesOf(feature: Feature): string[];
