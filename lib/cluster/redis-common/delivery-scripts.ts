import { noDelivery, type DeliveryOffset } from '../../adapter/index.js';

/** One entry per message, `time` and `data`, under the id `epoch-number`; any other is not of this package. */
const common = `
local function isOurs(entry)
  return entry[2][1] == 'time' and entry[2][3] == 'data' and tonumber(entry[2][2]) ~= nil
end
local function lastOf(key)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if last and isOurs(last) then return last, string.match(last[1], '(%d+)-(%d+)') end
end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function text(number)
  return string.format('%.0f', number)
end`;

/**
 * Keeps a message behind the last one, or as the first of a new epoch, and drops what is too old or too much.
 *
 * A stream in which something else stands last begins anew.
 */
const append = `${common}
local maxLength, maxAge, data = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local last, epoch, number = lastOf(KEYS[1])
local time = now()
if last and time - last[2][2] < maxAge then
  time = math.max(time, tonumber(last[2][2]))
  number = text(number + 1)
else
  local known = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local before = known and tonumber(string.match(known[1], '%d+')) or 0
  redis.call('DEL', KEYS[1])
  epoch, number = text(math.max(time, before + 1)), '1'
end
local id = epoch .. '-' .. number
redis.call('XADD', KEYS[1], 'MAXLEN', maxLength, id, 'time', text(time), 'data', data)
while true do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if isOurs(first) and time - first[2][2] < maxAge then break end
  redis.call('XDEL', KEYS[1], first[1])
end
redis.call('PEXPIRE', KEYS[1], maxAge)
return id`;

/** The id of the last message. */
const head = `${common}
local last = lastOf(KEYS[1])
return last and last[1]`;

/** The id of the last message, and ids and data of those behind a number that are not too old. */
const read = `${common}
local after, number, limit, maxAge = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local last, epoch = lastOf(KEYS[1])
if not last then return {} end
local time = now()
local found = { last[1] }
local start = epoch == after and text(number + 1) or '0'
repeat
  local entries = redis.call('XRANGE', KEYS[1], epoch .. '-' .. start, '+', 'COUNT', limit)
  for _, entry in ipairs(entries) do
    start = text(string.match(entry[1], '%d+$') + 1)
    local ours = isOurs(entry)
    if not ours or time - entry[2][2] < maxAge then
      found[#found + 1] = entry[1]
      found[#found + 1] = ours and entry[2][4] or ''
    end
  end
until #entries < limit or #found > limit
return found`;

export function appendCommand(key: string, maxLength: number, maxAge: number, data: string): string[] {
  return ['EVAL', append, '1', key, String(maxLength), String(maxAge), data];
}

export function headCommand(key: string): string[] {
  return ['EVAL', head, '1', key];
}

export function readCommand(key: string, after: DeliveryOffset, limit: number, maxAge: number): string[] {
  return ['EVAL', read, '1', key, String(after.epoch), String(after.number), String(limit), String(maxAge)];
}

/** The place that an id of an entry names; number 0 of epoch 0 for none. */
export function offsetOf(id: unknown): DeliveryOffset {
  if (id === null || id === undefined) return noDelivery;
  const [epoch, number] = String(id).split('-').map(Number);
  return { epoch: epoch!, number: number! };
}

/** What an answer to `readCommand()` holds. */
export function pageIn(answer: unknown): {
  readonly head: DeliveryOffset;
  readonly entries: readonly { readonly number: number; readonly text: string }[];
} {
  const [last, ...rest] = (answer ?? []) as unknown[];
  const entries: { number: number; text: string }[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    entries.push({ number: offsetOf(rest[at]).number, text: String(rest[at + 1]) });
  }
  return { head: offsetOf(last), entries };
}
