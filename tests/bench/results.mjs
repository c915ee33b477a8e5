// Every round's figures as a file of tab-separated values, and what they come to.
import fs from 'node:fs';
import { median } from './machine.mjs';
import { STOLEN_MOST, TRIES, tally } from './rounds.mjs';
import { servers } from './servers.mjs';

const columns = [
  'when', 'commit', 'round', 'connections', 'mode', 'server', 'requests', 'refused', 'errors', 'acknowledged', 'counted',
  'rps', 'p50', 'p99', 'p999', 'server_us', 'server_user_us', 'server_system_us', 'redis_us', 'ratio', 'server_mb', 'redis_mb',
  'batch', 'spooled', 'others', 'stolen', 'counts', 'sync_p99', 'bare_p50', 'machine',
];

const digits = (value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value);

/** Write rows under these names; what a row does not have is «-». */
export function writeTable(file, names, rows) {
  const line = (row) => names.map((name) => String(digits(row[name]) ?? '-').replace(/\s+/g, ' ')).join('\t');
  fs.writeFileSync(file, [names.join('\t'), ...rows.map(line)].join('\n') + '\n');
}

export const writeRounds = (file, rows) => writeTable(file, columns, rows);

/** CPU of server and Redis, as a multiple of nginx's in the same round and setting; each row gets its ratio. */
export function compare(rows) {
  const setting = (row) => [row.round, row.connections, row.mode].join();
  const nginx = new Map(rows.filter((row) => row.server === 'nginx' && row.counts).map((row) => [setting(row), row.server_us]));
  for (const row of rows) row.ratio = nginx.has(setting(row)) ? (row.server_us + row.redis_us) / nginx.get(setting(row)) : null;
}

const figures = ['rps', 'p50', 'p99', 'p999', 'server_us', 'redis_us', 'ratio', 'server_mb', 'redis_mb', 'batch'];

/** Medians over rounds, of those that count: a row for each setting and server, in the order in which they were measured. */
export function medians(rows) {
  const groups = new Map();
  for (const row of rows.filter(({ counts }) => counts)) {
    const key = [row.mode, row.connections, row.server].join();
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const { mode, connections, server } = group[0];
    const of = (name) => (group.every((row) => typeof row[name] === 'number') ? median(group.map((row) => row[name])) : null);
    return { mode, connections, server, rounds: group.length, ...Object.fromEntries(figures.map((name) => [name, of(name)])) };
  });
}

const exactly = (places) => ({ minimumFractionDigits: places, maximumFractionDigits: places });

/** A figure with so many decimals; «–» of none. */
export const number = (value, places) => (value === null ? '–' : value.toLocaleString('en', exactly(places)));

/** A table in Markdown of one mode's and one number of connections' medians. */
function settingTable(list) {
  const { mode, connections } = list[0];
  const line = (row) => {
    const cells = [
      row.server === 'thongked' ? '**thongked**' : servers[row.server].title,
      number(row.server_us, 1),
      row.redis_us > 0 ? number(row.redis_us, 1) : '–',
      row.ratio === null ? '–' : number(row.ratio, 2),
      number(row.rps, 0),
      ...['p50', 'p99', 'p999'].map((name) => number(row[name], 2)),
      number(row.server_mb, 0),
      row.redis_us > 0 ? number(row.redis_mb, 0) : '–',
      number(row.batch, 1),
    ];
    return `| ${cells.join(' | ')} |`;
  };
  return [
    `### ${connections} ${connections === 1 ? 'connection' : 'connections'}, ${mode}`,
    '',
    '| | CPU µs | Redis µs | × nginx | requests/s | p50 ms | p99 ms | p99.9 ms | MB | Redis MB | hits a batch |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...list.map(line),
  ].join('\n');
}

/** All of it, as a page. */
export function page(rows, { seconds, syncTimes, countries }) {
  const groups = new Map();
  for (const row of medians(rows)) {
    const key = [row.mode, row.connections].join();
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const rounds = Math.max(...rows.map((row) => row.round));
  const counted = rows.filter(({ counts }) => counts);
  const others = number(median(counted.map((row) => row.others)), 0);
  const stolen = `${number(median(counted.map((row) => row.stolen)), 1)} %, ${number(Math.max(...counted.map((row) => row.stolen)), 1)} at most`;
  const sync = `median ${number(median(syncTimes), 2)} ms, p99 ${number(rows[0].sync_p99, 2)} ms`;
  return [
    '# What a hit costs',
    '',
    `Written by \`make bench\`: medians over ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s, all servers in turn;`,
    'CPU of one request, user and system.',
    'Each round was proved: whoever counts has counted all that was acknowledged, and no more than was sent.',
    '`tests/bench/` has the configurations, `results.tsv` every measurement.',
    `thongked: \`appendfsync always\`, ids, robots, dimensions, ${countries}; the Redis of the others: \`everysec\`.`,
    `Commit ${rows[0].commit}, ${rows[0].when.slice(0, 10)}. ${rows[0].machine}.`,
    `Other programs took ${others} % of a core, those who share the hardware ${stolen} (medians of what counts).`,
    `Of which they took more than ${STOLEN_MOST} % was measured again, ${TRIES} times in all, and the least disturbed counts:`,
    tally(rows),
    `Appending 4 KiB with fdatasync: ${sync}.`,
    '',
    [...groups.values()].map(settingTable).join('\n\n'),
    '',
    verdict(rows),
    '',
  ].join('\n');
}

/** Whether the goals are met, as far as they were measured. */
function verdict(rows) {
  const find = (server, connections = 64) =>
    medians(rows).find((row) => row.server === server && row.connections === connections && row.mode === 'keep-alive');
  const [own, nginx, lone] = [find('thongked'), find('nginx'), find('thongked', 1)];
  if (!own || !nginx) return 'The goals are for 64 connections with keep-alive, which was not measured.';
  const sync = rows[0].sync_p99;
  const most = nginx.p99 + 1 + sync;
  const is = (met) => (met ? 'met' : 'not met');
  return [
    `* CPU of daemon and Redis at 64 connections, keep-alive: ${number(own.ratio, 2)} × nginx;`,
    `  resolved at ≤ 1.3 (${is(own.ratio <= 1.3)}), the goal 1.0 (${is(own.ratio <= 1)}).`,
    `* p99 there: ${number(own.p99, 2)} ms; allowed nginx's ${number(nginx.p99, 2)} + 1 + an fsync's p99 ${number(sync, 2)}`,
    `  = ${number(most, 2)} ms (${is(own.p99 <= most)}).`,
    ...(lone ? [
      `* p50 of one lone connection: ${number(lone.p50, 2)} ms; allowed that of a bare EVALSHA of apply.lua, ${number(rows[0].bare_p50, 2)}, + 0.1`,
      `  = ${number(rows[0].bare_p50 + 0.1, 2)} ms (${is(lone.p50 <= rows[0].bare_p50 + 0.1)}).`,
    ] : []),
  ].join('\n');
}
