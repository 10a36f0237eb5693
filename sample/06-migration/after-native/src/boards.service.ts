import { Injectable } from '@nestjs/common';

/** A note on a board. */
export interface Note {
  readonly id: number;
  readonly author: string;
  readonly text: string;
}

/** The boards, in memory. */
@Injectable()
export class BoardsService {
  readonly #boards = new Map<string, Note[]>();

  notes(board: string): readonly Note[] {
    return this.#boards.get(board) ?? [];
  }

  add(board: string, author: string, text: string): Note {
    const notes = this.notes(board);
    const note = { id: notes.length + 1, author, text };
    this.#boards.set(board, [...notes, note]);
    return note;
  }
}
