// Plots as SVG, drawn without a library; readable on light and on dark pages.
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const style = `
  text { font: 13px system-ui, 'DejaVu Sans', sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 } .quiet { fill: #59636e; font-size: 12px }
  .a { fill: #0969da } .b { fill: #d4722a } .axis { stroke: #8c959f; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .a { fill: #4493f8 } .b { fill: #f0883e }
  }`;

const svg = (width, height, title, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">` +
  `<title>${escape(title)}</title><style>${style}\n</style>\n${parts.join('\n')}\n</svg>\n`;

const text = (x, y, what, { kind = '', anchor = 'start' } = {}) =>
  `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escape(what)}</text>`;

const figure = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });

const head = (title, subtitle, legend) => [
  text(16, 26, title, { kind: 'title' }),
  text(16, 46, subtitle, { kind: 'quiet' }),
  ...legend.flatMap((name, i) => [
    `<rect x="${16 + i * 160}" y="58" width="12" height="12" class="${'ab'[i]}"/>`,
    text(34 + i * 160, 69, name),
  ]),
];

/**
 * Groups of bars, each of one or two stacked parts:
 *   { title, subtitle, legend: [a, b], groups: [{ title, bars: [{ label, parts: [8.1, 2.3] }] }] }
 */
export function bars({ title, subtitle, legend, groups }) {
  const [width, left, right, row] = [760, 190, 70, 24];
  const parts = head(title, subtitle, legend);
  let y = 96;
  for (const group of groups) {
    parts.push(text(16, y, group.title, { kind: 'quiet' }));
    y += 8;
    const most = Math.max(...group.bars.map((bar) => bar.parts.reduce((a, b) => a + b)));
    for (const bar of group.bars) {
      const scale = (width - left - right) / most;
      let x = left;
      parts.push(text(left - 8, y + 16, bar.label, { anchor: 'end' }));
      bar.parts.forEach((value, i) => {
        parts.push(`<rect x="${x.toFixed(1)}" y="${y + 3}" width="${(value * scale).toFixed(1)}" height="${row - 6}" class="${'ab'[i]}"/>`);
        x += value * scale;
      });
      parts.push(text(x + 6, y + 16, figure(bar.parts.reduce((a, b) => a + b))));
      y += row;
    }
    y += 24;
  }
  return svg(width, y - 10, title, parts);
}

/**
 * Plots beside each other:
 *   { title, subtitle, legend: [a, b], plots: [{ title, points: [{ x, parts: [8.1, 2.3], note }] }] }
 * Each point is a column of its parts; the note stands above it.
 */
export function columns({ title, subtitle, legend, plots }) {
  const [width, height, perLine] = [380, 210, 2];
  const parts = head(title, subtitle, legend);
  plots.forEach((plot, i) => {
    const [x0, y0] = [(i % perLine) * width + 16, Math.floor(i / perLine) * height + 84];
    const floor = y0 + height - 46;
    const most = Math.max(...plot.points.map((point) => point.parts.reduce((a, b) => a + b)));
    const step = (width - 40) / plot.points.length;
    parts.push(text(x0, y0 + 12, plot.title, { kind: 'quiet' }), `<path class="axis" d="M${x0} ${floor}H${x0 + width - 32}"/>`);
    plot.points.forEach((point, k) => {
      const [x, thick] = [x0 + k * step + step * 0.2, step * 0.6];
      let y = floor;
      point.parts.forEach((value, part) => {
        const tall = (value / most) * (height - 108);
        y -= tall;
        const size = `width="${thick.toFixed(1)}" height="${tall.toFixed(1)}"`;
        parts.push(`<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${size} class="${'ab'[part]}"/>`);
      });
      const middle = (x + thick / 2).toFixed(1);
      parts.push(text(middle, y - 18, figure(point.parts.reduce((a, b) => a + b)), { anchor: 'middle' }));
      if (point.note) parts.push(text(middle, y - 5, point.note, { kind: 'quiet', anchor: 'middle' }));
      parts.push(text(middle, floor + 16, point.x.toLocaleString('en'), { kind: 'quiet', anchor: 'middle' }));
    });
  });
  return svg(width * perLine + 16, Math.ceil(plots.length / perLine) * height + 94, title, parts);
}
