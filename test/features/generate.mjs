// Writes the table of features into the README, once every test it names was run and has passed.
//
//   node test/features/generate.mjs [--check] [results.json]
//
// The results are those of `jest --json --outputFile=results.json`; without them, the suite is run here.
// With --check, nothing is written: a README that would change is a mistake as well.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namesOf, readFeatures, withTable } from './table.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const isCheck = process.argv.includes('--check');
const given = process.argv.slice(2).find((argument) => !argument.startsWith('--'));

const features = readFeatures();
const outcomes = outcomesOf(given === undefined ? runSuite() : JSON.parse(readFileSync(given, 'utf8')));
const mistakes = [...new Set(features.flatMap((feature) => namesOf(feature)))].flatMap((name) => {
  const outcome = outcomes.get(name) ?? 'was not run';
  return outcome === 'passed' ? [] : [`  ${name} (${outcome})`];
});
if (mistakes.length > 0) {
  console.error(`Every test in test/features/features.json has to pass; these did not:\n${mistakes.join('\n')}`);
  process.exit(1);
}

const path = join(root, 'README.md');
const readme = readFileSync(path, 'utf8');
const updated = withTable(readme, features);
if (updated === readme) {
  console.log('The table of features is up to date.');
} else if (isCheck) {
  console.error('The table of features in README.md is out of date; run: npm run features');
  process.exit(1);
} else {
  writeFileSync(path, updated);
  console.log('The table of features is written.');
}

function runSuite() {
  const folder = mkdtempSync(join(tmpdir(), 'features-'));
  const file = join(folder, 'results.json');
  const flags = ['--experimental-vm-modules', '--no-warnings'];
  try {
    // A test that fails without being named is no matter of this table: the results decide.
    spawnSync(process.execPath, [...flags, 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${file}`], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What became of each test; of several with one name, the worst. */
function outcomesOf({ testResults }) {
  const all = new Map();
  for (const { name: file, assertionResults } of testResults) {
    for (const { ancestorTitles, title, status } of assertionResults) {
      const name = `${relative(root, file)}: ${[...ancestorTitles, title].join(' › ')}`;
      if (all.get(name) === undefined || status !== 'passed') all.set(name, status);
    }
  }
  return all;
}
