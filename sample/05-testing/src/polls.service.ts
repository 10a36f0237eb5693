import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import type { Votes } from './poll.events.js';

interface Poll {
  readonly choices: readonly string[];
  /** Who has voted for what. */
  readonly votes: Map<string, string>;
  isOpen: boolean;
}

/** Keeps the polls, in memory. */
@Injectable()
export class PollsService {
  private readonly polls = new Map<string, Poll>([
    ['lunch', { choices: ['pizza', 'soup'], votes: new Map(), isOpen: true }],
  ]);

  vote(name: string, voter: string, choice: string): Votes {
    const poll = this.find(name);
    if (!poll.isOpen) throw new ConflictException(`The poll ${name} is closed`);
    if (!poll.choices.includes(choice)) throw new NotFoundException(`${choice} is no choice of ${name}`);
    if (poll.votes.has(voter)) throw new ConflictException(`${voter} has voted already`);
    poll.votes.set(voter, choice);
    return this.votes(name);
  }

  votes(name: string): Votes {
    const { choices, votes } = this.find(name);
    const of = (choice: string): number => [...votes.values()].filter((each) => each === choice).length;
    return Object.fromEntries(choices.map((choice) => [choice, of(choice)]));
  }

  close(name: string): Votes {
    this.find(name).isOpen = false;
    return this.votes(name);
  }

  private find(name: string): Poll {
    const poll = this.polls.get(name);
    if (poll === undefined) throw new NotFoundException(`There is no poll ${name}`);
    return poll;
  }
}
