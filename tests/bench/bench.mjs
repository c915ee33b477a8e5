// make bench: what a counted hit costs, beside nginx that counts nothing and peers that count less.
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { commit, machine, median, quantile, syncTimes, watched } from './machine.mjs';
import { bars } from './plot.mjs';
import { compare, medians, page, writeRounds } from './results.mjs';
import { STOLEN_MOST, TRIES, measure, undisturbed } from './rounds.mjs';
import { redis, servers } from './servers.mjs';
import { cores, countries, evalsha, finished, folder, pinned, remove, thongked, top } from './setup.mjs';

const help = `node tests/bench/bench.mjs [OPTION]…

  --rounds N        how often everything is measured, in turn (5)
  --seconds N       how long one measurement takes (4)
  --warm N          how long a server is loaded before it (1)
  --servers A,B     of ${Object.keys(servers).join(', ')} (all)
  --connections A,B (1,64,512)
  --modes A,B       of keep-alive, close (both)
  --geo FILE        the country database (var/country.mmdb, or the newest is fetched)
  --out FOLDER      where results.tsv, results.md and bench.svg go (build/bench)

The server has core 0 for itself; wrk and Redis have core 1.  While a virtual
machine has more than ${STOLEN_MOST} % of a core taken from it, what is measured are those
it shares the hardware with: it is measured again, ${TRIES} times in all, and the
least disturbed counts.  results.tsv has each of them.  THONGKED names
another daemon than build/thongked.  For a try: --rounds 1 --seconds 2.`;

const { values: option } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    warm: { type: 'string', default: '1' },
    servers: { type: 'string', default: Object.keys(servers).join() },
    connections: { type: 'string', default: '1,64,512' },
    modes: { type: 'string', default: 'keep-alive,close' },
    geo: { type: 'string' },
    out: { type: 'string', default: `${top}/build/bench` },
    help: { type: 'boolean', short: 'h' },
  },
});
const list = (name) => option[name].split(',');
const whole = (name, text = option[name]) => {
  if (!/^\d+$/.test(text)) usage(`--${name} ${text}: not a number`);
  return Number(text);
};

function usage(what) {
  console.error(`${what}\n\n${help}`);
  process.exit(2);
}

function check() {
  for (const name of list('servers')) if (!servers[name]) usage(`--servers ${name}: not known`);
  for (const mode of list('modes')) if (!['keep-alive', 'close'].includes(mode)) usage(`--modes ${mode}: not known`);
  for (const program of [thongked, evalsha]) if (!fs.existsSync(program)) usage(`${program} is missing: make all build/tests/evalsha`);
}

/** One server in one setting, from its start to its end. */
async function measured(name, geo, setting) {
  const server = await servers[name].start({ geo });
  try {
    return await measure(server, { ...setting, seconds: whole('seconds'), warm: whole('warm'), close: Number(setting.mode === 'close') });
  } finally {
    await server.stop();
  }
}

/** How long a lone EVALSHA of apply.lua takes, in ms: on the core of the servers, its Redis on the other. */
async function bare() {
  const dir = folder();
  const store = await redis(dir, `${top}/scripts/run.d/redis.conf`);
  try {
    return Number(await finished(pinned(cores.server, evalsha, [store.socket, option.seconds])));
  } finally {
    await store.end();
    remove(dir);
  }
}

/** What the least disturbed of some tries came to. */
const quiet = async (fn) => (await undisturbed(() => watched(fn))).find(({ counts }) => counts).value;

function plot(rows) {
  const groups = [];
  for (const row of medians(rows)) {
    const title = `${row.connections} kết nối · ${row.connections === 1 ? 'connection' : 'connections'}, ${row.mode}`;
    if (groups.at(-1)?.title !== title) groups.push({ title, bars: [] });
    groups.at(-1).bars.push({ label: servers[row.server].title, parts: [row.server_us, row.redis_us] });
  }
  return bars({
    title: 'Một lượt truy cập tốn bao nhiêu µs CPU · CPU µs for one hit',
    subtitle: 'thongked: ghi bền, khử trùng, lọc robot, tra quốc gia · durable, deduplicated, robots refused, countries told',
    legend: ['máy chủ · server', 'Redis'],
    groups: groups.filter((group) => group.title.startsWith('64 ')).concat(groups.filter((group) => !group.title.startsWith('64 '))),
  });
}

function write(rows, { syncs, bares }, geo) {
  for (const row of rows) Object.assign(row, { sync_p99: quantile(syncs, 0.99), bare_p50: median(bares) });
  compare(rows);
  const text = page(rows, { seconds: option.seconds, syncTimes: syncs, countries: geo.what });
  fs.mkdirSync(option.out, { recursive: true });
  writeRounds(`${option.out}/results.tsv`, rows);
  fs.writeFileSync(`${option.out}/results.md`, text);
  fs.writeFileSync(`${option.out}/bench.svg`, plot(rows));
  return text;
}

async function main() {
  if (option.help) return console.log(help);
  check();
  const dir = folder();
  const geo = countries(dir, option.geo);
  const rows = [];
  const beside = { syncs: [], bares: [] };
  const [description, version, when] = [machine(), commit(), new Date().toISOString()];
  let text;
  console.log(`${description}\n${version}; ${geo.what}`);
  for (let round = 1; round <= whole('rounds'); round++) {
    beside.syncs.push(...(await quiet(() => syncTimes(dir, 1000))));
    beside.bares.push(await quiet(bare));
    for (const mode of list('modes')) {
      for (const connections of list('connections').map((number) => whole('connections', number))) {
        for (const name of list('servers')) {
          for (const row of await undisturbed(() => measured(name, geo.file, { connections, mode }))) {
            rows.push({ when, commit: version, machine: description, round, connections, mode, server: name, ...row });
            const cpu = `${row.server_us.toFixed(1)} + ${row.redis_us.toFixed(1)} µs`;
            const disturbed = row.stolen <= STOLEN_MOST ? '' : `; ${row.stolen.toFixed(1)} % taken away${row.counts ? '' : ': does not count'}`;
            console.log(`round ${round}  ${mode} ${connections}  ${name}: ${cpu}, ${Math.round(row.rps)}/s, p99 ${row.p99.toFixed(2)} ms${disturbed}`);
          }
        }
      }
    }
    text = write(rows, beside, geo); // a later round that fails takes nothing away
  }
  console.log(`\n${text}`);
}

await main();
