// Where the daemon listens, and what many clients, slow ones and greedy ones
// can do to it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { run, start, tempDir, test, waitUntil } from './harness.mjs';
import { dial, hitBytes } from './raw.mjs';

const counts = (headers = '') => `GET /tk/counts?site=demo HTTP/1.1\r\nHost: demo.test\r\n${headers}\r\n`;
const livez = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
const elapsed = (since) => performance.now() - since;
const after = (since, ms) => waitUntil(() => elapsed(since) >= ms, { what: `${ms} ms to pass` });

/** Every address that the daemon says it listens on. */
const said = (tk, what) => [...tk.log.matchAll(new RegExp(`^${what} on (?:unix:)?(\\S+?)(?:/tk)?$`, 'gm'))].map(([, address]) => address);

const hasIPv6 = () =>
  new Promise((resolve) => {
    const probe = net.createServer().on('error', () => resolve(false));
    probe.listen(0, '::1', () => probe.close(() => resolve(true)));
  });

/** Seconds of CPU that a process has used. */
function cpu(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** So many descriptors more than the daemon has, and none above. */
async function allowDescriptors(tk, more) {
  const used = new Set(fs.readdirSync(`/proc/${tk.pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < more; limit++) if (!used.has(limit)) free++;
  assert.equal((await run('prlimit', ['--pid', tk.pid, `--nofile=${limit}:${limit}`])).code, 0);
}

/** So many connections that each have sent half a request. */
function halfRequests(t, tk, n) {
  return Array.from({ length: n }, () => dial(t, tk.url).send('POST /tk/hit HTTP/1.1\r\nHost: '));
}

test('it listens at several addresses at once, and for the operators at others', async (t) => {
  const six = await hasIPv6();
  const tk = await start(t, {
    daemon: {
      listen: `127.0.0.1:0 127.0.0.1:0 ${six ? '[::1]:0' : 'localhost:0'} unix:${tempDir()}/public.sock`,
      admin_listen: '127.0.0.1:0 localhost:0',
    },
  });
  const [publics, admins] = [said(tk, 'listening'), said(tk, 'admin')];
  assert.deepEqual([publics.length, admins.length], [4, 2]);
  assert.equal(new Set([...publics, ...admins]).size, 6);
  if (six) assert.match(publics[2], /^http:\/\/\[::1\]:\d+$/);
  for (const [i, address] of publics.entries()) {
    assert.equal((await dial(t, address).ask(hitBytes())).body.total, i + 1);
    assert.equal((await dial(t, address).ask(livez)).status, 404);
  }
  for (const address of admins) {
    assert.equal((await dial(t, address).ask(livez)).status, 200);
    assert.equal((await dial(t, address).ask(counts())).status, 404);
  }
});

test('listen_mode is the mode of the unix sockets', async (t) => {
  const tk = await start(t);
  assert.equal(fs.statSync(tk.socket).mode & 0o777, 0o666);
  await tk.stop();
  assert.equal(fs.existsSync(tk.socket), false);
  tk.configure({ listen_mode: '0640' });
  await tk.start();
  assert.equal(fs.statSync(tk.socket).mode & 0o777, 0o640);
});

test('keep-alive, pipelines, HTTP/1.0, HEAD and Expect: 100-continue', async (t) => {
  const tk = await start(t);
  const client = dial(t, tk.url);
  assert.equal((await client.ask(hitBytes())).body.total, 1);
  client.send(hitBytes() + hitBytes() + counts());
  for (const total of [2, 3, 3]) assert.equal((await client.answer()).body.total, total);

  const body = await client.ask(counts());
  const head = await client.ask(counts().replace('GET', 'HEAD'), { head: true });
  assert.deepEqual([head.status, head.headers['content-length']], [200, body.headers['content-length']]);
  assert.equal((await client.ask(counts())).text, body.text);

  const [top, form] = hitBytes().split('\r\n\r\n');
  assert.equal((await client.ask(`${top}\r\nExpect: 100-continue\r\n\r\n`)).status, 100);
  assert.equal((await client.ask(form)).body.total, 4);

  const old = dial(t, tk.url);
  const kept = await old.ask(counts('Connection: keep-alive\r\n').replace('1.1', '1.0'));
  assert.deepEqual([kept.status, kept.headers.connection], [200, 'keep-alive']);
  assert.equal((await old.ask(counts().replace('1.1', '1.0'))).headers.connection, 'close');
  await old.untilEnded();
  assert.equal((await client.ask(counts('Connection: close\r\n'))).headers.connection, 'close');
  await client.untilEnded();
});

test('an idle connection is closed silently, and a request has a deadline however it trickles', async (t) => {
  const tk = await start(t, { daemon: { idle_timeout: '400ms', request_timeout: '600ms' } });
  const idle = dial(t, tk.url);
  await idle.ask(counts());
  const slow = dial(t, tk.url).send('GET /tk/counts');
  const since = performance.now();
  const trickle = setInterval(() => slow.send('x'), 20);
  t.after(() => clearInterval(trickle));
  await idle.untilEnded();
  assert.equal(idle.text, '');
  assert.equal((await slow.answer()).status, 408);
  assert.ok(elapsed(since) > 500 && elapsed(since) < 3000, `${elapsed(since)} ms`);
});

test('caps, limits and deadlines are read again with SIGHUP', async (t) => {
  const tk = await start(t, { daemon: { url_max: 1024, trusted_proxies: '', connections_per_client: 1 } });
  const client = dial(t, tk.url, { localAddress: '127.0.0.9' });
  await client.ask(counts());
  const reload = async (options, times) => {
    tk.configure(options);
    tk.signal('SIGHUP');
    await waitUntil(() => tk.log.split('reload: done').length > times, { what: 'the reload' });
  };
  const another = () => dial(t, tk.url, { localAddress: '127.0.0.9' });
  assert.equal((await another().answer()).status, 429);
  await reload({ url_max: 4096, connections_per_client: 64, idle_timeout: '200ms' }, 1);
  assert.doesNotMatch(tk.log, /restart to change/);
  assert.equal((await another().ask(counts().replace('demo', `demo&page=/${'x'.repeat(2000)}`))).status, 200);
  await client.untilEnded(); // by the new idle_timeout
});

test('a greedy client harms nobody but itself', async (t) => {
  const tk = await start(t, { daemon: { trusted_proxies: '127.0.0.2', connections_per_client: 5 } });
  const greedy = Array.from({ length: 60 }, () => dial(t, tk.url, { localAddress: '127.0.0.7' }));
  await tk.expectMetric('thongke_connections_refused_total{listener="public"}', 55);
  await waitUntil(() => greedy.filter((one) => one.ended).length === 55, { what: 'what is too much to be closed' });
  for (const one of greedy.filter((it) => !it.ended)) assert.equal((await one.ask(counts())).status, 200);
  assert.equal((await dial(t, tk.url, { localAddress: '127.0.0.8' }).ask(hitBytes())).status, 200);

  // A trusted proxy and a unix socket's peer speak for many.
  const proxies = Array.from({ length: 20 }, () => dial(t, tk.url, { localAddress: '127.0.0.2' }));
  const web = Array.from({ length: 20 }, () => dial(t, tk.socket));
  for (const one of [...proxies, ...web]) assert.equal((await one.ask(counts())).status, 200);

  for (const one of greedy) one.close();
  await waitUntil(async () => (await tk.metrics())['thongke_connections{listener="public"}'] === 41, { what: 'the greedy to be gone' });
  assert.equal((await dial(t, tk.url, { localAddress: '127.0.0.7' }).ask(counts())).status, 200);
});

test('at connections_max the longest idle makes room', async (t) => {
  const tk = await start(t, { daemon: { connections_max: 10 } });
  const idle = [];
  for (let i = 0; i < 10; i++) {
    idle.push(dial(t, tk.url));
    await idle[i].ask(counts());
  }
  await idle[0].ask(counts());
  assert.equal((await tk.hit()).body.total, 1);
  await idle[1].untilEnded();
  for (const i of [0, 2, 9]) assert.equal((await idle[i].ask(counts())).status, 200);
  await tk.expectMetric('thongke_connections_displaced_total{listener="public"}', 1);
});

test('at connections_max with all of them at work, the next one waits; metrics stay in reach', async (t) => {
  const tk = await start(t, { daemon: { connections_max: 10 } });
  const slow = halfRequests(t, tk, 10);
  await tk.expectMetric('thongke_connections{listener="public"}', 10);
  const hit = tk.hit();
  await waitUntil(async () => (await tk.metrics())['thongke_accept_pauses_total{listener="public"}'] > 0, { what: 'accepting to pause' });
  slow[3].close();
  assert.equal((await hit).status, 200);
});

test('without a free descriptor it neither spins nor dies, and is back as soon as there is one', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await allowDescriptors(tk, 10);
  const slow = halfRequests(t, tk, 30);
  await waitUntil(() => /accepting paused.*Too many open files/.test(tk.log), { what: 'no descriptor to be left' });
  const hit = tk.hit();

  const [began, used] = [performance.now(), cpu(tk.pid)];
  await after(began, 1000);
  const share = (cpu(tk.pid) - used) / (elapsed(began) / 1000);
  assert.ok(share < 0.05, `${Math.round(share * 100)} % of a CPU while waiting`);

  const since = performance.now();
  for (const one of slow) one.close();
  assert.equal((await hit).status, 200);
  assert.ok(elapsed(since) < 2000, `${elapsed(since)} ms until the hit was answered`);
});

test('without a free descriptor the longest idle makes room', async (t) => {
  const tk = await start(t);
  await allowDescriptors(tk, 10);
  const clients = Array.from({ length: 30 }, () => dial(t, tk.url).send(hitBytes()));
  const statuses = await Promise.all(clients.map(async (one) => (await one.answer()).status));
  assert.deepEqual(statuses, Array(30).fill(200));
  await waitUntil(() => clients.filter((one) => one.ended).length >= 20, { what: 'the first to be closed' });
  for (const one of clients) one.close();
  await tk.expectMetric('thongke_hits_total{site="demo"}', 30);
});

test('hundreds of slow clients do not hold up a real one', async (t) => {
  const tk = await start(t, { daemon: { request_timeout: '3s' } });
  const slow = halfRequests(t, tk, 400);
  await tk.expectMetric('thongke_connections{listener="public"}', 400);
  const trickle = setInterval(() => slow.forEach((one) => one.ended || one.send('x')), 200);
  t.after(() => clearInterval(trickle));
  const took = [];
  for (let i = 0; i < 50; i++) {
    const since = performance.now();
    assert.equal((await tk.hit({ page: '/a' })).body.page.views, i + 1);
    took.push(elapsed(since));
  }
  took.sort((a, b) => a - b);
  assert.ok(took[25] < 100 && took[49] < 1000, `half of the hits within ${took[25]} ms, all within ${took[49]} ms`);
  await Promise.all(slow.map(async (one) => assert.equal((await one.answer()).status, 408)));
  await waitUntil(async () => (await tk.metrics())['thongke_connections{listener="public"}'] === 0, { what: 'the slow ones to be gone' });
});
