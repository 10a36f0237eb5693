/** What the server does today that its cases do not allow, by the name of the case: it has to be exactly this. */
export const knownGaps: Readonly<Record<string, { readonly seen: string | RegExp }>> = {};
