// What the rounds have shown, a line a life: results.tsv, which only grows.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { thongked, top } from '../e2e/harness.mjs';

export const file = process.env.RESULTS ?? `${top}/tests/faults/results.tsv`;

const columns = ['when', 'program', 'fault', 'rounds', 'sent', 'acknowledged', 'counted', 'lost', 'twice', 'refused', 'seconds', 'away', 'result'];
const texts = new Set(['when', 'program', 'fault', 'away', 'result']);

/** Which daemon it was: rounds of another one do not count. */
export const program = () => createHash('sha256').update(fs.readFileSync(thongked)).digest('hex').slice(0, 12);

/**
 * One life's result: { fault, rounds, sent, acknowledged, counted, lost, twice, refused, seconds, away, result }.
 * away: milliseconds that acknowledgements took while Redis was away; result: «exact», or what was wrong.
 */
export function append(row) {
  if (!fs.existsSync(file)) fs.writeFileSync(file, columns.join('\t') + '\n');
  const whole = { when: new Date().toISOString(), program: program(), ...row, away: pack(row.away) };
  fs.appendFileSync(file, columns.map((name) => String(whole[name]).replace(/\s+/g, ' ')).join('\t') + '\n');
}

/** All lines of this daemon, or of the last one that was looked at. */
export function read(which) {
  if (!fs.existsSync(file)) return [];
  const [names, ...lines] = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => line.split('\t'));
  const rows = lines
    .filter((line) => line.length === names.length) // the last one may be torn
    .map((line) => Object.fromEntries(names.map((name, i) => [name, texts.has(name) ? line[i] : Number(line[i])])))
    .map((row) => ({ ...row, away: unpack(row.away) }));
  const wanted = which ?? rows.at(-1)?.program;
  return rows.filter((row) => row.program === wanted);
}

/** How many rounds of a fault were exact. */
export const roundsDone = (fault) =>
  read(program()).reduce((sum, row) => sum + (row.fault === fault && row.result === 'exact' ? row.rounds : 0), 0);

// Milliseconds, rounded up, and how often each was seen: «1:812 2:40 44:3».
function pack(times) {
  const seen = new Map();
  for (const ms of times) seen.set(Math.ceil(ms), (seen.get(Math.ceil(ms)) ?? 0) + 1);
  return [...seen].sort((a, b) => a[0] - b[0]).map((pair) => pair.join(':')).join(' ') || '-';
}

const unpack = (text) => (text === '-' ? [] : text.split(' ').map((pair) => pair.split(':').map(Number)));

/** The value that this share of all is not above; null of none. */
export function quantile(pairs, share) {
  const sorted = [...pairs].sort((a, b) => a[0] - b[0]);
  let left = share * sorted.reduce((sum, [, n]) => sum + n, 0);
  for (const [ms, n] of sorted) if ((left -= n) <= 0) return ms;
  return null;
}

/** The table, as Markdown: a fault a line, in the order in which they were first seen. */
export function table(rows) {
  const faults = byFault(rows);
  const sum = (list, name) => list.reduce((total, row) => total + row[name], 0);
  const number = (n) => n.toLocaleString('en');
  const line = ([fault, list]) => {
    const p99 = quantile(list.flatMap((row) => row.away), 0.99);
    const counts = ['rounds', 'acknowledged', 'counted', 'lost', 'twice'].map((name) => number(sum(list, name)));
    const failed = list.filter((row) => row.result !== 'exact').length;
    return `| ${fault}${failed ? ` (**${failed} failed**)` : ''} | ${counts.join(' | ')} | ${p99 === null ? '–' : `≤ ${p99} ms`} |`;
  };
  return [
    '| fault | rounds | acknowledged | counted | lost | twice | p99 while Redis was away |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...[...faults].map(line),
  ].join('\n');
}

function byFault(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.fault, [...(groups.get(row.fault) ?? []), row]);
  return groups;
}
