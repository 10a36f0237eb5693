import type { Socket } from 'rookery';

/** What a page asks to be said. */
export interface Draft {
  /** Made by the page: a draft that comes twice is known by it. */
  readonly id: string;
  readonly text: string;
}

/** What has been said. */
export interface Message extends Draft {
  readonly from: string;
}

/** What the server sends; what pages send is what the gateway's methods are. */
export interface ServerEvents {
  said(message: Message): void;
}

export type TalkSocket = Socket<Record<never, never>, ServerEvents, object, { name: string }>;
