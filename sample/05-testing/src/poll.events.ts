/** How many votes each choice has. */
export type Votes = Record<string, number>;

/** What the server sends. */
export interface ServerEvents {
  /** To everyone who watches a poll, but for the one who voted. */
  results(poll: string, votes: Votes): void;
  /** To everyone who watches a poll: nobody votes any more. */
  closed(poll: string, votes: Votes): void;
  /** To the host, who answers whether it is meant. */
  confirm(question: string, answer: (isMeant: boolean) => void): void;
}

/** How the server answers: what it has, or why not. */
export type Answer<T> = { ok: true; data: T } | { ok: false; error: { status: number; message: string } };

/** What clients send. */
export interface ClientEvents {
  watch(poll: string, answer: (votes: Answer<Votes>) => void): void;
  vote(poll: string, choice: string, answer: (votes: Answer<Votes>) => void): void;
  close(poll: string, answer: (isClosed: Answer<boolean>) => void): void;
}
