import { RookeryError } from '../../server/index.js';
import type { RoomDirective } from './room-metadata.js';
import type { RoomTemplate } from './room-template.js';

/** A room decorator as it is written, with the template that names its room. */
export interface WrittenRule {
  readonly directive: RoomDirective;
  readonly template: RoomTemplate;
}

/**
 * Keeps a room that a client names from being open to every client.
 *
 * @param rules of the method, the one in question among them.
 * @throws RookeryError `INVALID_GATEWAY`, beginning with `place`, for a join that nothing of the method decides about.
 */
export function assertJoinRuled(
  { directive, template }: WrittenRule,
  rules: readonly WrittenRule[],
  place: string,
): void {
  if (directive.does !== 'join' || directive.isOpen || directive.policy.length > 0) return;
  const sent = sentFor(template);
  if (sent.length === 0 || isJudged(sent, rules)) return;
  const { text } = template;
  const values = sent.map((path) => `{${path}}`).join(' and ');
  const [unseen, seeing] =
    sent.length === 1 ? ['at it', `has ${values} too`] : ['at them together', `has all of ${values}`];
  throw new RookeryError(
    'INVALID_GATEWAY',
    `${place}: @JoinRoom("${text}") has ${values} of what the client sends, and no rule of the method looks ${unseen}; give it a policy as the second argument, add a @RoomGuard() whose template ${seeing}, or write @JoinRoom("${text}", { open: true }) where whoever may call the method may join`,
  );
}

/** Whether `@EmitTo()` is for members alone where its options leave it open: nothing else says who may speak there. */
export function isForMembers(template: RoomTemplate, rules: readonly WrittenRule[]): boolean {
  const sent = sentFor(template);
  if (sent.length === 0 || isJudged(sent, rules)) return false;
  // Who may call the method becomes a member by it.
  return !rules.some(({ directive, template: { text } }) => directive.does === 'join' && text === template.text);
}

/** What a client sends of the name of a room. */
function sentFor({ placeholders }: RoomTemplate): string[] {
  return placeholders.filter(({ isOfClient }) => isOfClient).map(({ path }) => path);
}

/** One rule sees all of the values: of two that see a part each, nobody asks whether the parts belong together. */
function isJudged(sent: readonly string[], rules: readonly WrittenRule[]): boolean {
  return rules.some(({ directive, template }) => {
    const judges = directive.does === 'guard' || (directive.does === 'join' && directive.policy.length > 0);
    return judges && sent.every((path) => template.placeholders.some((each) => each.path === path));
  });
}
