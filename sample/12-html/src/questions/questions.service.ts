import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import type { Question } from './question.js';

const mostQuestions = 100;

/** The last questions, in memory: a server that starts anew knows none. */
@Injectable()
export class QuestionsService {
  #questions: readonly Question[] = [];
  #lastId = 0;

  all(): readonly Question[] {
    return this.#questions;
  }

  add(text: string): Question {
    const question = { id: ++this.#lastId, text };
    this.#questions = [...this.#questions, question].slice(-mostQuestions);
    return question;
  }

  answer(id: number, text: string): Question {
    const known = this.#questions.find((each) => each.id === id);
    if (known === undefined) throw new NotFoundException(`There is no question ${id}`);
    if (known.answer !== undefined) throw new ConflictException('Somebody was faster');
    const answered = { ...known, answer: text };
    this.#questions = this.#questions.map((each) => (each === known ? answered : each));
    return answered;
  }
}
