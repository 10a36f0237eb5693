/** An order of a table. */
export interface Order {
  readonly id: number;
  readonly table: number;
  readonly dish: string;
  readonly isReady: boolean;
}

/** What the server sends. */
export interface ServerEvents {
  /** To the kitchen, which answers with the minutes it will take. */
  cook(order: Order, answer: (minutes: number) => void): void;
  /** To the table that ordered. */
  ready(order: Order): void;
}
