import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const start = '<!-- features -->';
const end = '<!-- end of features -->';

/** The features, each with its tests by spec file, or with the reason why it has none. */
export function readFeatures() {
  return JSON.parse(readFileSync(new URL('features.json', import.meta.url), 'utf8'));
}

/** The README with the table of these features in its place. */
export function withTable(readme, features) {
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`The README has no place between ${start} and ${end}`);
  return readme.slice(0, from + start.length) + table(features) + readme.slice(to);
}

function table(features) {
  const areas = grouped(features);
  const tests = features.flatMap((feature) => namesOf(feature));
  const leftOut = features.filter(({ reason }) => reason !== undefined).length;
  const sections = [...areas].map(([area, rows]) =>
    [
      '<details>',
      `<summary>${area}: ${rows.length}</summary>`,
      '',
      '| feature | tests |',
      '| --- | --- |',
      ...rows.map((feature) => `| ${cell(feature.feature)} | ${proof(feature)} |`),
      '',
      '</details>',
    ].join('\n'),
  );
  const count = `${features.length} features, ${new Set(tests).size} tests; ${leftOut} are left out, each with its reason.`;
  return `\n<!-- prettier-ignore-start -->\n\n${[count, ...sections].join('\n\n')}\n\n<!-- prettier-ignore-end -->\n`;
}

/** The tests of a feature, each with its file. */
export function namesOf({ tests = {} }) {
  return Object.entries(tests).flatMap(([file, names]) => names.map((name) => `${file}: ${name}`));
}

function proof({ tests, reason }) {
  if (tests === undefined) return `none: ${cell(reason)}`;
  return Object.entries(tests)
    .map(([file, names]) => {
      const titles = names.map((name) => cell(name.split(' › ').at(-1)));
      return `[${basename(file, '.spec.ts')}](${file}): ${titles.join('; ')}`;
    })
    .join('<br>');
}

// Outside of code, these would be markup.
function cell(text) {
  return text.replace(/`[^`]*`|[\\|*_<>[\]&]/g, (match) => (match.length > 1 ? match : `\\${match}`));
}

function grouped(features) {
  const areas = new Map();
  for (const feature of features) areas.set(feature.area, [...(areas.get(feature.area) ?? []), feature]);
  return areas;
}
