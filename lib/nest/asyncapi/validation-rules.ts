import type { JsonSchema } from './payload-type.js';

/** The part of a rule of class-validator that is used. */
export interface ValidationRule {
  readonly type: string;
  readonly name?: string | undefined;
  readonly target: unknown;
  readonly propertyName: string;
  readonly constraints?: readonly unknown[] | undefined;
  /** Whether it is for each value of a list. */
  readonly each: boolean;
}

type Constraints = readonly unknown[];

const text: JsonSchema = { type: 'string' };
const dateOrTime: JsonSchema = { type: 'string', anyOf: [{ format: 'date' }, { format: 'date-time' }] };
const ipFormats: Readonly<Record<string, string>> = { 4: 'ipv4', 6: 'ipv6' };

/** Rules about texts that JSON Schema has no word for: that it is one can be said. */
const ofTexts: ReadonlySet<string> = new Set(
  (
    'isAlpha isAlphanumeric isAscii isBIC isBase32 isBase58 isBooleanString isBtcAddress isByteLength isCreditCard ' +
    'isCurrency isDataURI isDecimal isEAN isEthereumAddress isFullWidth isHSL isHalfWidth isHash isIBAN ' +
    'isISO31661Alpha2 isISO31661Alpha3 isISO31661Numeric isISO4217CurrencyCode isISO6391 isISRC isISSN isIdentityCard ' +
    'isIsbn isIsin isJwt isLatLong isLocale isLowercase isMacAddress isMagnetURI isMilitaryTime isMimeType ' +
    'isMobilePhone isMultibyte isNumberString isOctal isPassportNumber isPhoneNumber isPort isPostalCode isRgbColor ' +
    'isSemVer isStrongPassword isSurrogatePair isTaxId isTimeZone isUppercase isVariableWidth notContains'
  ).split(' '),
);

/** What rules say in JSON Schema, by their names; rules that are not here say nothing that it has words for. */
const keywords: Readonly<Record<string, (constraints: Constraints) => JsonSchema>> = {
  isString: () => text,
  isBoolean: () => ({ type: 'boolean' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isObject: () => ({ type: 'object' }),
  isArray: () => ({ type: 'array' }),
  isDate: () => ({ type: 'string', format: 'date-time' }),

  isEnum: ([entity, values]) => ({ enum: Array.isArray(values) ? values : enumValues(entity as object) }),
  isIn: ([values]) => ({ enum: valuesOf(values) }),
  isNotIn: ([values]) => ({ not: { enum: valuesOf(values) } }),
  equals: ([value]) => ({ const: value }),
  notEquals: ([value]) => ({ not: { const: value } }),

  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  isPositive: () => ({ exclusiveMinimum: 0 }),
  isNegative: () => ({ exclusiveMaximum: 0 }),
  isDivisibleBy: ([multipleOf]) => ({ multipleOf }),

  isLength: ([minLength, maxLength]) => ({
    ...text,
    ...(typeof minLength === 'number' && { minLength }),
    ...(typeof maxLength === 'number' && { maxLength }),
  }),
  minLength: ([minLength]) => ({ ...text, minLength }),
  maxLength: ([maxLength]) => ({ ...text, maxLength }),
  matches: ([pattern, flags]) => ({ ...text, ...patternOf(pattern, flags) }),
  contains: ([seed]) => ({ ...text, pattern: literal(String(seed)) }),
  isEmail: () => ({ ...text, format: 'email' }),
  isUuid: () => ({ ...text, format: 'uuid' }),
  isUrl: () => ({ ...text, format: 'uri' }),
  isFqdn: () => ({ ...text, format: 'hostname' }),
  isIp: ([version]) => ({ ...text, ...formatOfIp(version) }),
  isDateString: () => dateOrTime,
  isIso8601: () => dateOrTime,
  isRFC3339: () => ({ ...text, format: 'date-time' }),
  isMongoId: () => ({ ...text, pattern: '^[0-9a-fA-F]{24}$' }),
  isHexadecimal: () => ({ ...text, pattern: '^(0x|0h)?[0-9a-fA-F]+$' }),
  isHexColor: () => ({ ...text, pattern: '^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$' }),
  isBase64: () => ({ ...text, contentEncoding: 'base64' }),
  isJson: () => ({ ...text, contentMediaType: 'application/json' }),

  arrayMinSize: ([minItems]) => ({ minItems }),
  arrayMaxSize: ([maxItems]) => ({ maxItems }),
  arrayNotEmpty: () => ({ minItems: 1 }),
  // With a function it compares what that makes of the values.
  arrayUnique: ([identifier]) => (typeof identifier === 'function' ? {} : { uniqueItems: true }),
  isNotEmptyObject: () => ({ type: 'object', minProperties: 1 }),
};

/** What a rule says in JSON Schema; nothing, where it cannot be said. */
export function keywordsOf({ name, constraints }: ValidationRule): JsonSchema {
  if (name === undefined) return {};
  if (ofTexts.has(name)) return text;
  if (!Object.hasOwn(keywords, name)) return {};
  return plain(keywords[name]!(constraints ?? []));
}

/** Without what is no JSON: a constraint may be anything. */
function plain(schema: JsonSchema): JsonSchema {
  try {
    return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch {
    return {};
  }
}

/** The values of an enum; those with numbers have their names too. */
function enumValues(entity: object): unknown[] {
  return Object.entries(entity)
    .filter(([key]) => Number.isNaN(Number(key)))
    .map(([, value]) => value as unknown);
}

function valuesOf(values: unknown): unknown[] {
  return Array.isArray(values) ? values : Object.values((values ?? {}) as object);
}

function patternOf(pattern: unknown, flags: unknown): JsonSchema {
  const expression = pattern instanceof RegExp ? pattern : new RegExp(String(pattern), String(flags ?? ''));
  // A pattern of JSON Schema has no flags.
  const isPlain = /^[gu]*$/.test(expression.flags);
  return isPlain ? { pattern: expression.source } : { description: `Matches ${String(expression)}` };
}

function formatOfIp(version: unknown): JsonSchema {
  const format = ipFormats[String(version)];
  return format === undefined ? { anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] } : { format };
}

function literal(seed: string): string {
  return seed.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
