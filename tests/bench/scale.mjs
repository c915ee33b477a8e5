// make bench-scale: what a hit costs when there is much of something, and how much room each thing takes.
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { columns } from './plot.mjs';
import { commit, machine, median } from './machine.mjs';
import { number, writeTable } from './results.mjs';
import { countries, folder, top } from './setup.mjs';
import { STOLEN_MOST, TRIES, tally, undisturbed } from './rounds.mjs';
import { measurements, rooms } from './scale-parts.mjs';

const help = `node tests/bench/scale.mjs [OPTION]…

  --parts A,B   of ${[...Object.keys(measurements), ...Object.keys(rooms)].join(', ')} (all)
  --rounds N    how often each cost is measured, in turn (3)
  --seconds N   how long one measurement takes (3)
  --most N      no more than so many sites, visitors, pages, connections
  --geo FILE    the country database (var/country.mmdb, or the newest is fetched)
  --out FOLDER  where scale.tsv, scale.md and scale.svg go (build/bench)`;

const { values: option } = parseArgs({
  options: {
    parts: { type: 'string', default: [...Object.keys(measurements), ...Object.keys(rooms)].join() },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    most: { type: 'string', default: '1000000' },
    geo: { type: 'string' },
    out: { type: 'string', default: `${top}/build/bench` },
    help: { type: 'boolean', short: 'h' },
  },
});

const figures = ['server_us', 'redis_us', 'rps', 'p50', 'p99', 'batch'];

/** The medians of one part's rows that count, a row for each of its points. */
function points(rows, part) {
  const groups = new Map();
  for (const row of rows.filter((one) => one.part === part && one.counts)) groups.set(row.x, [...(groups.get(row.x) ?? []), row]);
  return [...groups].map(([x, group]) => {
    const of = (name) => (group.every((row) => typeof row[name] === 'number') ? median(group.map((row) => row[name])) : null);
    return { x, ...Object.fromEntries(figures.map((name) => [name, of(name)])) };
  });
}

function costTable(rows, part) {
  const line = (p) =>
    `| ${number(p.x, 0)} | ${number(p.server_us, 1)} | ${number(p.redis_us, 1)} | ${number(p.server_us + p.redis_us, 1)} | ` +
    `${number(p.batch, 1)} | ${number(p.rps, 0)} | ${number(p.p50, 2)} | ${number(p.p99, 2)} |`;
  const all = points(rows, part);
  const costs = all.map((p) => p.server_us + p.redis_us);
  const spread = Math.max(...costs) / Math.min(...costs);
  const is = spread <= 1.5 ? 'met' : 'not met';
  return [
    `### ${measurements[part].title}`,
    '',
    `| ${measurements[part].of} | CPU µs | Redis µs | both | hits a batch | hits/s | p50 ms | p99 ms |`,
    '|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...all.map(line),
    ...(measurements[part].flat ? ['', `The dearest is ${number(spread, 2)} × the cheapest; allowed is 1.5 (${is}).`] : []),
  ].join('\n');
}

/** What is to be compared between two points, as far as both were measured. */
function comparisons(rows) {
  const at = (part, x) => points(rows, part).find((point) => point.x === x);
  const lines = [];
  const [own, peer] = [at('spread', 1000), at('peer', 1000)];
  if (own && peer) {
    const [ours, theirs] = [own, peer].map((point) => point.server_us + point.redis_us);
    lines.push(
      `* A hit to another of 1,000 sites: ${number(ours, 1)} µs; by nginx + Lua + Redis, in turn with it, ${number(theirs, 1)}; ` +
        `allowed is as much (${ours <= theirs ? 'met' : 'not met'}).`,
    );
  }
  const left = (part) => (at(part, 5).rps / at(part, 0).rps) * 100;
  if (['late', 'late1024'].every((part) => at(part, 0) && at(part, 5))) {
    lines.push(
      `* With Redis 5 ms late ${number(left('late'), 0)} of 100 hits a second of 4,096 connections that it takes without, ` +
        `${number(left('late1024'), 0)} of 1,024.`,
    );
  }
  return lines.length > 0 ? ['', ...lines] : [];
}

function page(rows, found, head) {
  const parts = Object.keys(measurements).filter((part) => rows.some((row) => row.part === part));
  const line = ({ what, value, unit }) => `| ${what} | ${number(value, value < 100 ? 1 : 0)} | ${unit} |`;
  const room = ['### Room', '', '| | | |', '|---|---:|---|', ...found.map(line)];
  return [
    '# What a hit costs when there is much of something',
    '',
    `Written by \`make bench-scale\`: medians over ${option.rounds} rounds of ${option.seconds} s, all in turn;`,
    '64 connections where nothing else is said. Everything is on as in `make bench`, but for `client_rate = 0`, as ten visitors',
    'may send all of it.',
    head,
    `Of which those who share the hardware took more than ${STOLEN_MOST} % of a core was measured again, ${TRIES} times in all:`,
    tally(rows.filter(({ counts }) => counts !== undefined)),
    '',
    parts.map((part) => costTable(rows, part)).join('\n\n'),
    ...comparisons(rows),
    ...(found.length > 0 ? ['', ...room] : []),
    '',
  ].join('\n');
}

function plot(rows) {
  const note = (batch) => `(${batch.toFixed(batch < 10 ? 1 : 0)})`;
  const plotted = Object.keys(measurements).filter((part) => measurements[part].label);
  const costs = plotted.map((part) => ({
    title: measurements[part].label,
    points: points(rows, part).map((p) => ({ x: p.x, parts: [p.server_us, p.redis_us], note: note(p.batch) })),
  }));
  const latency = {
    title: 'độ trễ theo số kết nối, p50 rồi p99, ms · latency: p50, then p99',
    points: points(rows, 'load').map((p) => ({ x: p.x, parts: [p.p50, p.p99 - p.p50] })),
  };
  return columns({
    title: 'Chi phí một lượt truy cập, µs CPU · CPU µs for one hit',
    subtitle: 'trên cột: µs, và số lượt trong một lô của một trang · on the columns: µs, and hits in a batch of one site',
    legend: ['thongked', 'Redis'],
    plots: [...costs, latency].filter(({ points: some }) => some.length > 0),
  });
}

async function main() {
  if (option.help) return console.log(help);
  const wanted = option.parts.split(',');
  const unknown = wanted.find((name) => !measurements[name] && !rooms[name]);
  if (unknown) {
    console.error(`--parts ${unknown}: not known\n\n${help}`);
    process.exit(2);
  }
  const geo = countries(folder(), option.geo);
  const settings = { geo: geo.file, seconds: Number(option.seconds), most: Number(option.most) };
  const stamp = { when: new Date().toISOString(), commit: commit(), machine: machine() };
  const [rows, found] = [[], []];
  for (let round = 1; round <= Number(option.rounds); round++) {
    for (const part of wanted.filter((name) => measurements[name])) {
      for (const x of measurements[part].at.filter((value) => value <= settings.most)) {
        for (const row of await undisturbed(() => measurements[part].run(x, settings))) {
          rows.push({ ...stamp, round, part, x, ...row });
          const cpu = `${row.server_us.toFixed(1)} + ${row.redis_us.toFixed(1)} µs`;
          console.log(`round ${round}  ${part} ${x}: ${cpu}, ${Math.round(row.rps)}/s${row.counts ? '' : '; does not count'}`);
        }
      }
    }
  }
  for (const part of wanted.filter((name) => rooms[name])) {
    for (const room of await rooms[part](settings)) {
      found.push(room);
      rows.push({ ...stamp, part, x: room.what, value: room.value, unit: room.unit });
    }
  }
  const text = page(rows, found, `Commit ${stamp.commit}, ${stamp.when.slice(0, 10)}. ${stamp.machine}.`);
  fs.mkdirSync(option.out, { recursive: true });
  const more = ['acknowledged', 'counted', 'spooled', 'others', 'stolen', 'counts', 'value', 'unit', 'machine'];
  writeTable(`${option.out}/scale.tsv`, ['when', 'commit', 'part', 'x', 'round', ...figures, ...more], rows);
  fs.writeFileSync(`${option.out}/scale.md`, text);
  fs.writeFileSync(`${option.out}/scale.svg`, plot(rows));
  console.log(`\n${text}`);
}

await main();
