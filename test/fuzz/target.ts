/** Something that reads bytes of others, and what has to hold of it. */
export interface Target {
  readonly name: string;
  /** What the format is made of, one character for each byte. */
  readonly tokens: readonly string[];
  /** Inputs to begin with. @param seed the same ones for the same number. */
  seeds(seed: number): Buffer[];
  /** @throws Error when something does not hold of this input. */
  run(input: Buffer): void;
}
