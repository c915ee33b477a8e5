// The servers that are measured, each started afresh with a Redis of its own:
//
//   const server = await servers.thongked.start({ geo });
//   server.url      where wrk goes; server.load: what hits.lua is told
//   server.pids     of the server; server.redis: its Redis, or null
//   await server.counted()   hits so far, after all on their way are counted; null of one that counts nothing
//   await server.stop()
import fs from 'node:fs';
import net from 'node:net';
import { freePort, parseMetrics, request } from '../e2e/harness.mjs';
import { waitUntil } from '../e2e/process.mjs';
import { connect } from '../e2e/redis.mjs';
import { cores, fill, folder, here, pinned, remove, thongked, top } from './setup.mjs';

export async function redis(dir, file) {
  const socket = `${dir}/redis.sock`;
  const log = `${dir}/redis.log`;
  const server = pinned(cores.load, 'redis-server', [file, '--dir', dir, '--unixsocket', socket], { log });
  const ready = async () => {
    if (!server.alive) throw new Error(`redis-server ended with ${server.code ?? server.endedBy}:\n${server.text}`);
    return connect(socket).cmd('PING').catch(() => false);
  };
  await waitUntil(ready, { what: 'redis-server to answer PING' });
  const client = connect(socket);
  return { socket, pid: server.pid, cmd: client.cmd, end: () => (client.close(), server.end()) };
}

/** A socket behind which that Redis answers so many ms later. */
async function delayed(dir, { socket }, ms) {
  const path = `${dir}/late.sock`;
  const server = net.createServer((near) => {
    const far = net.createConnection(socket);
    near.on('data', (bytes) => far.write(bytes));
    const answer = (bytes) => near.writable && near.write(bytes);
    far.on('data', ms > 0 ? (bytes) => setTimeout(answer, ms, bytes) : answer);
    for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => {}).on('close', () => other.destroy());
  });
  await new Promise((resolve) => server.listen(path, resolve));
  return { path, end: () => server.close() };
}

/** The sites that hits.lua has. */
const namesOf = (sites) => Array.from({ length: sites }, (_, i) => `bench${String(i + 1).padStart(4, '0')}`);

/** What the peers have counted. */
async function totalOf(store, sites) {
  const totals = await store.cmd('MGET', ...namesOf(sites).map((name) => `${name}:total`));
  return totals.reduce((total, hits) => total + Number(hits ?? 0), 0);
}

// Whether anybody answers there, with whatever status.
async function answering(server, url, what) {
  await waitUntil(
    async () => {
      if (!server.alive) throw new Error(`${what} ended with ${server.code ?? server.endedBy}:\n${server.text}`);
      return request('GET', url).catch(() => false);
    },
    { what: `${what} to answer` },
  );
}

/** late: by how many ms Redis answers late, behind another socket even if that is 0.  More options of thongked: { set: { option: value } }. */
async function startThongked({ geo, sites = 1, late = null, set = {} }) {
  const dir = folder();
  const store = await redis(dir, `${top}/scripts/run.d/redis.conf`);
  const detour = late !== null ? await delayed(dir, store, late) : null;
  const ini = fill(dir, 'thongke.ini', { REDIS: detour?.path ?? store.socket, DIR: dir, GEO: geo });
  const names = namesOf(sites);
  fs.appendFileSync(ini, names.map((name) => `\n[site ${name}]\nhosts = ${name}.test\n`).join(''));
  const more = Object.entries(set).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const server = pinned(cores.server, thongked, ['-c', ini, ...more], { log: `${dir}/daemon.log` });
  const place = (word) => new RegExp(`${word} on (http://\\S+)`).exec(server.text)?.[1];
  await waitUntil(
    () => {
      if (!server.alive) throw new Error(`${thongked} ended with ${server.code ?? server.endedBy}:\n${server.text}`);
      return place('listening') && place('admin');
    },
    { what: 'thongked to be ready' },
  );

  const metrics = async () => parseMetrics((await request('GET', `${place('admin')}/metrics`)).text);
  const sum = (values, prefix) =>
    Object.entries(values).reduce((total, [name, value]) => total + (name.startsWith(prefix) ? value : 0), 0);
  return {
    url: place('listening').replace(/\/tk$/, ''),
    load: { form: 'thongke' },
    pids: [server.pid],
    redis: store,
    names,
    /** What the daemon says of itself: hits answered 200, refused, put into the spool; batches, their items, and how many were forecast. */
    async told() {
      const values = await metrics();
      return {
        acknowledged: sum(values, 'thongke_requests_total{endpoint="hit",status="200"}'),
        refused: sum(values, 'thongke_refused_total'),
        spooled: sum(values, 'thongke_spooled_hits_total'),
        items: sum(values, 'thongke_batch_items_sum'),
        batches: sum(values, 'thongke_batch_items_count'),
        forecasts: values.thongke_forecast_batches_total,
      };
    },
    async counted() {
      const settled = async () => {
        const values = await metrics();
        return ['thongke_pending_hits', 'thongke_unapplied_batches', 'thongke_spool_batches'].every((name) => values[name] === 0);
      };
      await waitUntil(settled, { timeout: 60_000, what: 'all hits to be applied' });
      const totals = await Promise.all(names.map((name) => store.cmd('HGET', `tk:{${name}}:counts`, 'hits')));
      return totals.reduce((total, hits) => total + Number(hits ?? 0), 0);
    },
    async stop() {
      await server.end();
      detour?.end();
      await store.end();
      if (server.code !== 0) throw new Error(`thongked ended with ${server.code ?? server.endedBy}:\n${server.text}`);
      remove(dir);
    },
  };
}

async function startNginx(file, { withRedis, sites = 1 }) {
  const dir = folder();
  const port = await freePort();
  const store = withRedis ? await redis(dir, `${here}/redis.conf`) : null;
  const conf = fill(dir, file, { PORT: port, HERE: here, REDIS: store?.socket });
  const server = pinned(cores.server, 'nginx', ['-p', dir, '-e', 'stderr', '-c', conf]);
  await answering(server, `http://127.0.0.1:${port}/`, 'nginx');
  return {
    url: `http://127.0.0.1:${port}`,
    load: { form: 'thongke' },
    pids: [server.pid],
    redis: store,
    counted: () => (store ? totalOf(store, sites) : null),
    async stop() {
      await server.end();
      await store?.end();
      remove(dir);
    },
  };
}

async function startWebdis() {
  const dir = folder();
  const port = await freePort();
  const store = await redis(dir, `${here}/redis.conf`);
  const sha = await store.cmd('SCRIPT', 'LOAD', fs.readFileSync(`${here}/webdis.lua`, 'utf8'));
  const conf = fill(dir, 'webdis.json', { PORT: port, REDIS: store.socket });
  const server = pinned(cores.server, 'webdis', [conf], { cwd: dir });
  await answering(server, `http://127.0.0.1:${port}/PING`, 'webdis');
  return {
    url: `http://127.0.0.1:${port}`,
    load: { form: `webdis:${sha}` },
    pids: [server.pid],
    redis: store,
    counted: () => totalOf(store, 1),
    async stop() {
      await server.end();
      await store.end();
      remove(dir);
    },
  };
}

/** In the order of a round: what is compared stands side by side. */
export const servers = {
  thongked: { title: 'thongked', start: startThongked },
  nginx: { title: 'nginx «return 204»', start: () => startNginx('nginx.conf', { withRedis: false }) },
  lua: { title: 'nginx + Lua + Redis', start: ({ sites }) => startNginx('nginx-lua.conf', { withRedis: true, sites }) },
  webdis: { title: 'webdis + Redis', start: startWebdis },
};
