/** What the server does today that its cases do not allow, by the name of the case: it has to be exactly this. */
export const knownGaps: Readonly<Record<string, { readonly seen: string | RegExp }>> = {
  // Required: an answer, or an end, once a middleware has been silent for as long as a client may be without a namespace.
  'waits for a middleware that never answers, while it is elsewhere': { seen: 'alive' },
  // Required: no connection stays because its client keeps its half open, once it has been ended.
  'upgrades a foreign path, and never closes': { seen: 'kept' },
  // Required: the rejection is reported, as that of a handler is.
  'an adapter rejects when a room is joined, and the handler does not wait for it': { seen: 'dead' },
  // Required: a refusal, without the data that cannot be sent.
  'somebody comes to /middleware-unsendable': { seen: 'silence main alive' },
};
