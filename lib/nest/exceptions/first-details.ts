/** How many a client is told. */
const maxDetails = 20;

/** Of what is wrong with a value, the first details and how many others there are: a long list may have one for each item. */
export function firstDetails<Detail>(all: readonly Detail[], others: (text: string) => Detail): readonly Detail[] {
  const more = all.length - maxDetails;
  return more <= 0 ? all : [...all.slice(0, maxDetails), others(`and ${more} more`)];
}
