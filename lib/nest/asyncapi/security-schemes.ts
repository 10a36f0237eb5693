import type { NamespaceAuthMetadata, TokenSource } from '../handshake/auth-options.js';
import { defaultTokenSources } from '../handshake/token-source.js';
import type { AsyncApiReference, AsyncApiSecurityScheme } from './document.js';
import { Names, nameOf, sorted } from './names.js';

type Schemes = Readonly<Record<string, AsyncApiSecurityScheme>>;

/** What strategies are that read no token of ours, by the names that passport has for them. */
const known: Schemes = {
  local: { type: 'userPassword' },
  basic: { type: 'http', scheme: 'basic' },
  digest: { type: 'http', scheme: 'digest' },
};

/** The security schemes of a document, one for each strategy and its sources of tokens. */
export class SecuritySchemes {
  readonly #given: Schemes;
  readonly #names = new Names();
  readonly #byContent = new Map<string, string>();
  readonly #schemes = new Map<string, AsyncApiSecurityScheme>();

  /** @param given those that count more, by the names of strategies. */
  constructor(given: Schemes) {
    this.#given = given;
  }

  all(): Record<string, AsyncApiSecurityScheme> {
    return sorted(this.#schemes);
  }

  /** What a client needs one of; `undefined` where it needs none. */
  of({ strategies, options }: NamespaceAuthMetadata): AsyncApiReference[] | undefined {
    const references = strategies.map((strategy) => this.#refer(strategy, options.tokenFrom ?? defaultTokenSources));
    return options.optional === true ? undefined : references;
  }

  #refer(strategy: string, sources: readonly TokenSource[]): AsyncApiReference {
    const scheme = this.#given[strategy] ?? known[strategy] ?? tokenScheme(strategy, sources);
    const content = JSON.stringify([strategy, scheme]);
    let name = this.#byContent.get(content);
    if (name === undefined) {
      name = this.#names.take(nameOf(strategy, 'scheme'));
      this.#byContent.set(content, name);
      this.#schemes.set(name, scheme);
    }
    return { $ref: `#/components/securitySchemes/${name}` };
  }
}

/** Strategies see a token as `Authorization: Bearer …`, wherever the client has put it. */
function tokenScheme(strategy: string, sources: readonly TokenSource[]): AsyncApiSecurityScheme {
  const description = `The strategy ${strategy} of passport, with a token from ${sources.map(placeOf).join(', or ')}.`;
  if (sources.includes('header') || sources.includes('auth')) {
    const isJwt = /jwt/i.test(strategy);
    return { type: 'http', scheme: 'bearer', ...(isJwt && { bearerFormat: 'JWT' }), description };
  }
  const [kind, name] = typeof sources[0] === 'string' ? sources[0].split(/:(.*)/) : [];
  if (name !== undefined && (kind === 'cookie' || kind === 'query')) {
    return { type: 'httpApiKey', in: kind, name, description };
  }
  return { type: 'apiKey', in: 'user', description };
}

function placeOf(source: TokenSource): string {
  if (typeof source === 'function') return 'a place that the application knows';
  if (source === 'auth') return '`auth.token` of the handshake';
  if (source === 'header') return 'the `Authorization` header';
  const [kind, name] = source.split(/:(.*)/);
  return kind === 'cookie' ? `the cookie \`${name}\`` : `the parameter \`${name}\` of the query`;
}
