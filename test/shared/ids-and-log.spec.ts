import { describe, expect, it } from '@jest/globals';
import { createId, createLog, errorCodes, RookeryError } from '../../lib/shared/index.js';

describe('ids', () => {
  it('are 20 characters that need no escaping, and all different', () => {
    const ids = Array.from({ length: 10_000 }, createId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{20}$/);
  });

  it('vary in every position', () => {
    const ids = Array.from({ length: 2_000 }, createId);
    for (let position = 0; position < 20; position++) {
      expect(new Set(ids.map((id) => id[position])).size).toBeGreaterThan(50);
    }
  });
});

describe('a log', () => {
  it('writes to the sink under its name', () => {
    const lines: unknown[][] = [];
    const log = createLog('engine', {
      debug: (...line) => lines.push(['debug', ...line]),
      warn: (...line) => lines.push(['warn', ...line]),
      error: (...line) => lines.push(['error', ...line]),
    });
    const error = new Error('boom');
    log.debug('a');
    log.warn('b');
    log.error('c', error);
    expect(log.enabled).toBe(true);
    expect(lines).toEqual([
      ['debug', 'a', 'engine'],
      ['warn', 'b', 'engine'],
      ['error', 'c', error.stack, 'engine'],
    ]);
  });

  it('is disabled without a sink, and for a sink without debug', () => {
    expect(createLog('engine', undefined).enabled).toBe(false);
    expect(createLog('engine', { warn: () => {}, error: () => {} }).enabled).toBe(false);
  });
});

describe('an error', () => {
  it('carries a code of the table, and its cause', () => {
    const cause = new Error('below');
    const error = new RookeryError('ACK_TIMEOUT', 'too late', { cause });
    expect(error).toMatchObject({ name: 'RookeryError', code: 'ACK_TIMEOUT', message: 'too late', cause });
    expect(Object.keys(errorCodes)).toContain(error.code);
  });
});
