import { expect, it } from '@jest/globals';
import { PacketType } from '../../lib/protocol/index.js';

// Modules without types.
const { inlinePacketTypes } = (await import('../../tools/packet-types.mjs' as string)) as {
  inlinePacketTypes(code: string): string;
};
const { withoutPrivateNames } = (await import('../../tools/private-names.mjs' as string)) as {
  withoutPrivateNames(code: string, file: number): string;
};

it('puts the numbers of the protocol in the place of packet types', () => {
  for (const [name, number] of Object.entries(PacketType)) {
    expect(inlinePacketTypes(`a(PacketType.${name})`)).toBe(`a(${number})`);
  }
});

it('makes properties of private names, other ones in each file', () => {
  const code = 'class A { #b = 1; c(d) { return #b in d ? d.#b : this.#b; } }';
  expect(withoutPrivateNames(code, 3)).toBe(
    'class A { $p_b_3 = 1; c(d) { return "$p_b_3" in d ? d.$p_b_3 : this.$p_b_3; } }',
  );
});

it('leaves names alone in texts', () => {
  expect(withoutPrivateNames('const a = "#b";', 0)).toBe('const a = "#b";');
});
