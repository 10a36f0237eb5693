/** The buses whose rows stand in the README. */
const telling = ['Redis', 'Redis Streams', 'NATS, JetStream', 'PostgreSQL, recovery'];

const titles = {
  dead: 'Nodes that are killed or stand still',
  away: 'A node that cannot reach the bus',
  drained: 'Nodes restarted in turn, SIGTERM',
  killed: 'Nodes restarted in turn, SIGKILL',
};

/** All figures of a run, as tables. */
export function tablesOf(results, { about, outage }) {
  return [
    `${about}. The bus was out of reach for ${seconds(outage)}.`,
    `### ${titles.dead}`,
    table(
      ['bus', 'asked after a kill', 'killed while asked', 'listed as a ghost', 'while one stood still', 'found again'],
      results.map(({ bus, dead }) => [
        bus,
        asked(dead.afterKill, 6),
        asked(dead.duringKill, 4),
        seconds(dead.ghost),
        asked(dead.whileStopped, 4),
        seconds(dead.resumed),
      ]),
    ),
    `### ${titles.away}`,
    table(
      ['bus', 'own clients: lost', 'to others: lost', 'twice', 'reported', 'from others: lost', 'twice'],
      results
        .filter(({ away }) => away !== undefined)
        .map(({ bus, away: { own, toOthers, fromOthers, reported } }) => [
          bus,
          part(own.lost, own.due),
          part(toOthers.lost, toOthers.due),
          toOthers.duplicated,
          reported,
          part(fromOthers.lost, fromOthers.due),
          fromOthers.duplicated,
        ]),
    ),
    ...['drained', 'killed'].flatMap((kind) => [
      `### ${titles[kind]}`,
      table(
        ['bus', 'came back recovered', 'as new sockets', 'lost', 'missed', 'twice', 'out of order'],
        results.map((result) => {
          const { due, recovered, anew, lost, missed, duplicated, disordered } = result[kind];
          return [result.bus, recovered, anew, part(lost, due), part(missed, due), duplicated, disordered];
        }),
      ),
    ]),
  ].join('\n\n');
}

/** The rows of some buses, as they stand among all figures: restarts, and who cannot reach the bus. */
export function tellingRows(full) {
  const [about, ...sections] = full.split(/\n\n### /);
  const chosen = [titles.drained, titles.killed].map((title) => {
    const section = sections.find((each) => each.startsWith(title));
    const [head, rule, ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
    const kept = rows.filter((row) => telling.includes(row.split('|')[1].trim()));
    return `${title}:\n\n${[head, rule, ...kept].join('\n')}`;
  });
  return [about, ...chosen].join('\n\n');
}

function table(head, rows) {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_title, column) => Math.max(...lines.map((line) => line[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(lines[0]), line(widths.map((width) => '-'.repeat(width))), ...lines.slice(1).map(line)].join('\n');
}

function asked({ took, sockets, isPartial }, all) {
  return `${seconds(took)}: ${sockets} of ${all}${isPartial ? ', error' : ''}`;
}

function part(some, all) {
  return `${some} of ${all}`;
}

function seconds(milliseconds) {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 1_000 ? 2 : 1)} s`;
}
