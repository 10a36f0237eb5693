const start = '<!-- figures of npm run faults -->';
const end = '<!-- end of figures -->';

/** A document with these figures in their place. */
export function withFigures(document, figures) {
  const [before, , after] = partsOf(document);
  return `${before}${start}\n\n${figures}\n\n${end}${after}`;
}

/** The figures of a document. */
export function figuresOf(document) {
  return partsOf(document)[1].trim();
}

function partsOf(document) {
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`There is no place between ${start} and ${end}`);
  return [document.slice(0, from), document.slice(from + start.length, to), document.slice(to + end.length)];
}
