import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./seeds/', import.meta.url));

/** The inputs that are kept of a target: those that failed once, and those that stand for a rule. */
export function keptInputs(target: string): { readonly name: string; readonly input: Buffer }[] {
  const place = join(folder, target);
  if (!existsSync(place)) return [];
  return readdirSync(place).map((name) => ({ name, input: readFileSync(join(place, name)) }));
}

/** Keeps an input; returns where. */
export function keepInput(target: string, input: Buffer): string {
  const place = join(folder, target);
  mkdirSync(place, { recursive: true });
  const file = join(place, createHash('sha1').update(input).digest('hex').slice(0, 12));
  writeFileSync(file, input);
  return file;
}
