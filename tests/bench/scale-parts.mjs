// What make bench-scale measures: costs at several sizes, and rooms.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { waitUntil } from '../e2e/process.mjs';
import { memory } from './machine.mjs';
import { measure } from './rounds.mjs';
import { servers } from './servers.mjs';
import { wrk } from './wrk.mjs';

/** A daemon of its own for `use`, where ten visitors may send everything. */
async function withDaemon({ geo, set = {}, ...options }, use) {
  const server = await servers.thongked.start({ geo, ...options, set: { client_rate: 0, ...set } });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** Presence of n visitors, seen in the last 250 s: more of them than one could load within the window; the daemon is told. */
async function preload(server, n) {
  const now = Date.now();
  for (let done = 0; done < n; done += 1000) {
    const names = randomBytes(8 * Math.min(1000, n - done));
    const args = [];
    for (let at = 0; at < names.length; at += 8) args.push(now - Math.floor(Math.random() * 250_000), names.subarray(at, at + 8));
    await server.redis.cmd('ZADD', 'tk:{bench0001}:online', ...args);
  }
  const forecasts = async () => {
    await wrk(server.url, { connections: 1, seconds: 1, ...server.load });
    return (await server.told()).forecasts > 0;
  };
  await waitUntil(forecasts, { timeout: 60_000, what: 'the daemon to know who is present' });
}

const cost = (load, start = {}, prepare = () => {}) => ({ geo, seconds }) =>
  withDaemon({ geo, ...start }, async (server) => {
    await prepare(server);
    return measure(server, { connections: 64, seconds, warm: 1, close: 0, ...load });
  });

/** nginx + Lua + Redis, each hit to another site. */
async function peer(sites, { seconds }) {
  const server = await servers.lua.start({ sites });
  try {
    return await measure(server, { connections: 64, seconds, warm: 1, close: 0, sites, stretch: 1 });
  } finally {
    await server.stop();
  }
}

/**
 * Each: at which sizes, and run(size, { geo, seconds }) → a row of measure().  flat: the size should make no difference;
 * without a label it is not plotted.
 */
export const measurements = {
  spread: {
    title: 'Sites, each hit to another one',
    label: 'số trang web, mỗi lượt một trang · sites, hits spread',
    of: 'sites',
    at: [1, 10, 100, 1000],
    run: (sites, settings) => cost({ sites, stretch: 1 }, { sites })(settings),
  },
  peer: { title: 'The same by nginx + Lua + Redis', of: 'sites', at: [1000], run: peer },
  sites: {
    flat: true,
    title: 'Sites at equal hits per batch: 1,024 hits to one, then to the next',
    label: 'số trang web, lô bằng nhau · sites, equal batches',
    of: 'sites',
    at: [1, 10, 100, 1000],
    run: (sites, settings) => cost({ sites, stretch: 1024 }, { sites })(settings),
  },
  online: {
    flat: true,
    title: 'Visitors online',
    label: 'số khách đang truy cập · visitors online',
    of: 'visitors',
    at: [10, 1000, 100_000, 1_000_000],
    run: (visitors, settings) =>
      cost({ visitors: Math.min(visitors, 100_000) }, {}, (server) => preload(server, Math.max(0, visitors - 100_000)))(settings),
  },
  pages: {
    title: 'Pages',
    label: 'số bài viết · pages',
    of: 'pages',
    at: [10, 200, 5000, 50_000],
    run: (pages, settings) => cost({ pages })(settings),
  },
  load: {
    title: 'Connections that wait for their answer before they ask again',
    label: 'số kết nối cùng lúc · concurrent connections',
    of: 'connections',
    at: [1, 4, 16, 64, 256, 1024],
    run: (connections, settings) => cost({ connections })(settings),
  },
  late: {
    title: 'Redis that answers late, 4,096 connections: they are work enough for both cores meanwhile',
    label: 'Redis trả lời chậm, ms · Redis that answers late, ms',
    of: 'ms late',
    at: [0, 5],
    run: (late, settings) => cost({ connections: 4096 }, { late })(settings),
  },
  late1024: {
    title: 'The same with 1,024 connections, which are not',
    of: 'ms late',
    at: [0, 5],
    run: (late, settings) => cost({ connections: 1024 }, { late })(settings),
  },
};

/** Connections that have each had an answer and now idle. */
async function idleConnections(server, n) {
  const { hostname, port } = new URL(server.url);
  const ask = Buffer.from(`GET /tk/counts?site=${server.names[0]} HTTP/1.1\r\nHost: ${server.names[0]}.test\r\n\r\n`);
  const sockets = [];
  const open = () =>
    new Promise((resolve, reject) => {
      // From 127.0.0.1, 2, 3 …: one address has some 28,000 ports.
      const socket = net.createConnection({ host: hostname, port, localAddress: `127.0.0.${1 + (sockets.length % 4)}` }, () => socket.write(ask));
      sockets.push(socket);
      socket.once('data', resolve).once('error', reject);
    });
  while (sockets.length < n) await Promise.all(Array.from({ length: Math.min(100, n - sockets.length) }, open));
  return { sockets, end: () => sockets.forEach((socket) => socket.destroy()) };
}

/** Memory of the daemon for connections that idle, and what a hit costs beside them. */
async function idle({ geo, seconds, most }) {
  const n = Math.min(10_000, most);
  const set = { trusted_proxies: '127.0.0.0/8', connections_max: 12_000, idle_timeout: '600000ms' };
  return withDaemon({ geo, set }, async (server) => {
    await wrk(server.url, { connections: 64, seconds: 2, ...server.load }); // its caches are full, its heap has grown
    await server.counted();
    const before = memory(server.pids[0]);
    const idlers = await idleConnections(server, n);
    const alone = (memory(server.pids[0]) - before) / n;
    const row = await measure(server, { connections: 64, seconds, warm: 0, close: 0, idle: n });
    const stayed = idlers.sockets.filter((socket) => !socket.destroyed).length;
    if (stayed < n) throw new Error(`of ${n} idle connections ${n - stayed} were closed`);
    idlers.end();
    const many = n.toLocaleString('en');
    return [
      { what: `daemon, a connection that idles after its answer (of ${many})`, value: alone, unit: 'bytes' },
      { what: `a hit on 64 connections beside ${many} idle ones, daemon and Redis`, value: row.server_us + row.redis_us, unit: 'µs CPU' },
      { what: 'its p99', value: row.p99, unit: 'ms' },
    ];
  });
}

/** Memory of Redis for one site, visitor, page, hit id. */
async function bytes({ geo, seconds, most }) {
  const usage = (server, key) => server.redis.cmd('MEMORY', 'USAGE', key, 'SAMPLES', '0');
  const used = async (server) => Number(/^used_memory:(\d+)/m.exec(await server.redis.cmd('INFO', 'memory'))[1]);
  const sites = Math.min(1000, most);
  const ofSite = await withDaemon({ geo, sites }, async (server) => {
    const before = await used(server);
    await wrk(server.url, { connections: 16, seconds: 2, ...server.load, sites, visitors: 1, pages: 1 });
    const hits = await server.counted();
    if (hits < sites) throw new Error(`${hits} hits are too few for ${sites} sites`);
    const ids = await Promise.all(server.names.map((name) => keysOf(server, `tk:{${name}}:ids:*`, usage)));
    const value = ((await used(server)) - before - ids.reduce((a, b) => a + b)) / sites;
    return { what: 'Redis, a site with one visitor and one page, without its hits’ ids', value };
  });
  const others = await withDaemon({ geo }, async (server) => {
    await wrk(server.url, { connections: 64, seconds: Math.max(3, seconds), ...server.load, pages: 50_000 });
    const hits = await server.counted();
    const key = (name) => `tk:{bench0001}:${name}`;
    const [online, pages] = await Promise.all([server.redis.cmd('ZCARD', key('online')), server.redis.cmd('HLEN', key('pages'))]);
    const ids = await keysOf(server, key('ids:*'), usage);
    return [
      { what: `Redis, a visitor online (of ${online.toLocaleString('en')})`, value: (await usage(server, key('online'))) / online },
      { what: `Redis, a page, for good (of ${pages.toLocaleString('en')})`, value: (await usage(server, key('pages'))) / pages },
      { what: 'Redis, a page, that day', value: (await keysOf(server, key('pages:*'), usage)) / pages },
      { what: 'Redis, the day’s visitors of a site, however many', value: await keysOf(server, key('visitors:*'), usage) },
      { what: 'Redis, the id of a hit, for 15 to 45 minutes', value: ids / hits },
    ];
  });
  return [ofSite, ...others].map((room) => ({ ...room, unit: 'bytes' }));
}

/** The bytes of all keys of that pattern. */
async function keysOf(server, pattern, usage) {
  const keys = await server.redis.cmd('KEYS', pattern);
  return (await Promise.all(keys.map((key) => usage(server, key)))).reduce((a, b) => a + b, 0);
}

/** Each: run({ geo, seconds, most }) → [{ what, value, unit }]. */
export const rooms = { idle, bytes };
