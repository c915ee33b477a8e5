// What a hit costs the daemon in instructions, sockets and Redis left out: replay.c under valgrind's callgrind.
// tests/e2e/cost holds it to tests/bench/replay.txt.
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { parseArgs, promisify } from 'node:util';
import { mmdb } from '../e2e/mmdb.mjs';
import { folder, here, remove, top } from './setup.mjs';
import { wrk } from './wrk.mjs';

const help = `node tests/bench/replay.mjs [OPTION]

  (none)             instructions a hit, and where they go
  --record           write them to tests/bench/replay.txt, which the tests compare with
  --record-requests  write what wrk sends to tests/bench/hits.http anew

Needs make build/tests/replay, and valgrind.`;

const program = `${top}/build/tests/replay`;
const figures = `${here}/replay.txt`;
const requests = `${here}/hits.http`;
const HITS = 4_800;
const RECORDED = 96;
// So that every machine counts the same: what the C library does best for this very processor, switched off.
const env = { ...process.env, GLIBC_TUNABLES: 'glibc.cpu.hwcaps=-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-SSE4_2,-SSSE3,-ERMS,-FSRM' };

async function callgrind(dir, hits) {
  const out = `${dir}/callgrind.out`;
  const geo = `${dir}/country.mmdb`;
  fs.writeFileSync(geo, mmdb({ '14.161.0.0/16': 'VN', '27.72.0.0/16': 'VN', '8.8.0.0/16': 'US' }));
  const args = ['--tool=callgrind', `--callgrind-out-file=${out}`, program, `${here}/replay.ini`, geo, requests, String(hits)];
  await promisify(execFile)('valgrind', args, { env, maxBuffer: 1 << 26 });
  const { stdout } = await promisify(execFile)('callgrind_annotate', ['--auto=no', '--threshold=100', out], { maxBuffer: 1 << 26 });
  const functions = new Map();
  for (const [, count, name] of stdout.matchAll(/^ *([\d,]+) \([^)]*\) +(?:[^ ]*:)?([^\s:]+)(?: \[.*)?$/gm)) {
    functions.set(name, (functions.get(name) ?? 0) + Number(count.replaceAll(',', '')));
  }
  return { total: Number(/^ *([\d,]+) .*PROGRAM TOTALS/m.exec(stdout)[1].replaceAll(',', '')), functions };
}

/** { total, functions: [name, instructions] …, the dearest first }, a hit: of twice as many hits less of so many, so that the start is in none. */
export async function measureReplay() {
  const dir = folder();
  const [once, twice] = [await callgrind(dir, HITS), await callgrind(dir, 2 * HITS)];
  const more = [...twice.functions].map(([name, count]) => [name, Math.round((count - (once.functions.get(name) ?? 0)) / HITS)]);
  remove(dir);
  return { total: Math.round((twice.total - once.total) / HITS), functions: more.filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a) };
}

/** What the figures belong to. */
export const built = () => `${process.arch}, gcc ${execFileSync('gcc', ['-dumpfullversion']).toString().trim()}`;

/** As --record wrote it. */
export function recorded() {
  const [first, ...lines] = fs.readFileSync(figures, 'utf8').trim().split('\n');
  const [, total, by] = /^(\d+) instructions a hit on (.*); of these:$/.exec(first);
  return { total: Number(total), built: by, functions: new Map(lines.map((line) => line.trim().split(/ +/).reverse()).map(([name, n]) => [name, Number(n)])) };
}

const lines = (functions) => functions.map(([name, n]) => `${String(n).padStart(7)}  ${name}\n`).join('');

function write({ total, functions }) {
  fs.writeFileSync(figures, `${total} instructions a hit on ${built()}; of these:\n${lines(functions.filter(([, n]) => n >= 20))}`);
}

/** What a browser behind a proxy sends, as wrk makes it for make bench. */
async function recordRequests() {
  const heard = [];
  const server = net.createServer((socket) => {
    socket.on('data', (bytes) => {
      heard.push(bytes);
      socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await wrk(`http://127.0.0.1:${server.address().port}`, { connections: 1, seconds: 1, close: 0, form: 'thongke', run: '5eed5eed' });
  server.close();
  fs.writeFileSync(requests, Buffer.concat(heard.slice(0, RECORDED)));
}

async function main() {
  const options = { record: { type: 'boolean' }, 'record-requests': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
  const { values: option } = parseArgs({ options });
  if (option.help) return console.log(help);
  if (option['record-requests']) await recordRequests();
  const found = await measureReplay();
  console.log(`${found.total} instructions a hit\n${lines(found.functions.slice(0, 40))}`);
  if (option.record) write(found);
}

if (process.argv[1] === import.meta.filename || process.argv[1]?.endsWith('/bench/replay.mjs')) await main();
