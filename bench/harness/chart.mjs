/**
 * A bar of a chart.
 *
 * @typedef {object} Bar
 * @property {string} label
 * @property {number} value drawn as the bar's length.
 * @property {number} least
 * @property {number} most drawn with `least` as a line across the bar's end.
 * @property {string} text stands behind the bar.
 * @property {boolean} [isOurs]
 */

const row = 30;
const top = 44;
const left = 240;
const width = 720;
const longest = 300;

/**
 * Draws bars below each other, as an SVG that reads in light and in dark pages.
 *
 * @param {{ title: string, bars: readonly Bar[] }} chart values are not negative.
 * @returns {string}
 */
export function barChart({ title, bars }) {
  const most = Math.max(...bars.map((bar) => bar.most));
  if (!(most > 0) || bars.some((bar) => !(bar.least >= 0))) throw new RangeError(`Nothing to draw: ${title}`);
  const length = (value) => ((value / most) * longest).toFixed(1);
  const height = top + bars.length * row + 8;
  const drawn = bars.flatMap((bar, index) => {
    const y = top + index * row;
    const middle = y + 10;
    return [
      `<text x="${left - 10}" y="${y + 15}" text-anchor="end">${escape(bar.label)}</text>`,
      `<rect x="${left}" y="${y}" width="${length(bar.value)}" height="20" class="${bar.isOurs ? 'ours' : 'other'}"/>`,
      `<path d="M${at(bar.least)} ${middle}H${at(bar.most)}M${at(bar.least)} ${middle - 4}v8M${at(bar.most)} ${middle - 4}v8"/>`,
      `<text x="${left + Number(length(bar.most)) + 8}" y="${y + 15}">${escape(bar.text)}</text>`,
    ];
  });
  function at(value) {
    return (left + Number(length(value))).toFixed(1);
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    '<style>text{font:13px sans-serif;fill:#1f2328}.other{fill:#8c959f}.ours{fill:#0969da}path{stroke:#1f2328;fill:none}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.other{fill:#6e7681}.ours{fill:#388bfd}path{stroke:#e6edf3}}</style>',
    `<text x="10" y="24" font-weight="bold">${escape(title)}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text) {
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}
