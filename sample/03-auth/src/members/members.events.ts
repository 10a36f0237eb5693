/** What members are sent. */
export interface MembersEvents {
  said(line: { from: string; text: string }): void;
  /** To one user. */
  notice(notice: { from: string; text: string }): void;
}

/** What the lobby is sent. */
export interface LobbyEvents {
  /** How many members are connected. */
  members(count: number): void;
}
