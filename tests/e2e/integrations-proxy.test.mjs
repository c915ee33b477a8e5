// widget/integrations/proxy, https-without-proxy and ssi: the web servers
// themselves, with the files as they are shipped, before a real daemon.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import { browserAgent, request, start, tempDir, test } from './harness.mjs';
import { ask, connect2, shipped, startApache, startBackend, startHaproxy, startNginx } from './proxies.mjs';

const servers = {
  nginx: { begin: (t, backend) => startNginx(t, 'proxy/nginx.conf', backend), name: 'portal.example.vn' },
  'nginx under a name of its own': { begin: (t, backend) => startNginx(t, 'https-without-proxy/nginx.conf', backend), name: 'thongke.example.vn' },
  Apache: { begin: startApache, name: 'portal.example.vn', http2: true, once: true },
  HAProxy: { begin: startHaproxy, name: 'portal.example.vn', http2: true },
};

// The test's readers are 127.0.0.7 and ::1, its proxies 127.0.0.1.
const startMyloc = (t) =>
  start(t, { sites: { myloc: { hosts: 'portal.example.vn' } }, daemon: { trusted_proxies: '127.0.0.1/32', debug_networks: '127.0.0.0/8 ::1/128 203.0.113.0/24' } });

const hit = (url, name, options) =>
  ask(`${url}/tk/hit`, {
    name,
    method: 'POST',
    localAddress: '127.0.0.7',
    body: 'site=myloc&page=/tin/1',
    ...options,
    headers: { 'User-Agent': browserAgent, Origin: 'https://portal.example.vn', 'Content-Type': 'text/plain', ...options?.headers },
  });

const hasV6 = Object.values(os.networkInterfaces()).flat().some((it) => it.address === '::1');
const spoofed = { 'X-Forwarded-For': '203.0.113.9', 'X-Real-IP': '203.0.113.9', Forwarded: 'for=203.0.113.9' };

for (const [title, { begin, name, http2, once }] of Object.entries(servers)) {
  test(`${title}: TLS ends, the view is counted, the reader's address is his own`, async (t) => {
    const tk = await startMyloc(t);
    const { url, port } = await begin(t, tk.url);
    const first = await hit(url, name);
    assert.deepEqual([first.status, JSON.parse(first.text).total], [200, 1]);
    assert.equal(first.headers['thongke-counted'], 'yes; client=127.0.0.7');
    assert.equal(first.headers['access-control-allow-origin'], '*');

    for (const headers of [spoofed, { 'X-Forwarded-For': ['203.0.113.9', '203.0.113.10'] }]) {
      assert.equal((await hit(url, name, { headers })).headers['thongke-counted'], 'yes; client=127.0.0.7');
    }
    if (hasV6) {
      const v6 = await hit(`https://[::1]:${port}`, name, { localAddress: '::1', headers: spoofed });
      assert.equal(v6.headers['thongke-counted'], 'yes; client=::1');
    } else {
      t.diagnostic('this machine has no ::1: IPv6 was not tried');
    }

    // Without script: the frame is told its page by Referer, the pixel by name.
    const seen = { name, headers: { 'User-Agent': browserAgent, Referer: 'https://portal.example.vn/tin/2' } };
    const frame = await ask(`${url}/tk/box.html?site=myloc`, seen);
    assert.match(frame.text, /Đang online: <b>\d<\/b>/);
    await ask(`${url}/tk/pixel.gif?site=myloc&page=/tin/3`, seen);
    const counts = await ask(`${url}/tk/counts?site=myloc&page=/tin/2&page=/tin/3`, { name });
    assert.deepEqual(JSON.parse(counts.text).pages.map(({ views }) => views), [1, 1]);

    const types = { 'thongke.js': 'text/javascript', 'box.css': 'text/css', 'box.svg?site=myloc': 'image/svg+xml' };
    for (const [target, type] of Object.entries(types)) {
      const { status, headers } = await ask(`${url}/tk/${target}`, { name });
      assert.deepEqual([status, headers['content-type'].split(';')[0]], [200, type], target);
    }
  });

  // On one connection of the reader's, so that the server's to the backend may be used again, too.
  // Of HTTP/1.1 Apache closes such a one without an answer: there it is a new one each time.
  test(`${title}: a view is sent once, in one header whoever sent it`, async (t) => {
    const backend = await startBackend(t);
    const { url } = await begin(t, backend.url);
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const session = http2 && connect2(t, url, { name, localAddress: '127.0.0.7' });
    const one = { name, localAddress: '127.0.0.7' };
    const ways = [(path, more) => ask(url + path, { ...one, ...more, agent: once ? false : agent })];
    if (http2) ways.push((path, more) => session.ask(path, more));

    for (const way of ways) {
      for (const target of ['GET /tk/pixel.gif?close', 'GET /tk/counts', 'GET /tk/pixel.gif?close', 'POST /tk/hit', 'POST /tk/hit?close']) {
        const [method, path] = target.split(' ');
        backend.requests.length = 0;
        const { status } = await way(path, { method, headers: spoofed, body: method === 'POST' ? 'site=myloc' : undefined });
        assert.ok(path.includes('close') ? status >= 500 : status === 200, `${target}: ${status}`);
        assert.deepEqual(backend.requests.map(({ line }) => line), [`${target} HTTP/1.1`]);
        const said = backend.requests[0].headers.filter(([header]) => header === 'x-forwarded-for');
        assert.deepEqual(said, [['x-forwarded-for', '127.0.0.7']]);
      }
    }
  });
}

test('nginx under a name of its own: /tk/ only, and HTTPS only', async (t) => {
  const tk = await startMyloc(t);
  const name = 'thongke.example.vn';
  const { url, dir } = await startNginx(t, 'https-without-proxy/nginx.conf', tk.url);
  assert.equal((await ask(`${url}/`, { name })).status, 404);
  assert.match((await ask(`${url}/tk/counts?site=myloc`, { name })).headers['strict-transport-security'], /^max-age=\d+$/);
  const plain = await request('GET', 'http://localhost/tk/counts?site=myloc', { socketPath: `${dir}/plain.sock`, headers: { Host: name } });
  assert.deepEqual([plain.status, plain.headers.location], [301, `https://${name}/tk/counts?site=myloc`]);
});

test('HAProxy: all else goes to the portal', async (t) => {
  const [backend, portal] = [await startBackend(t), await startBackend(t)];
  const { url } = await startHaproxy(t, backend.url, portal.url);
  assert.equal((await ask(`${url}/tkx`)).text, 'ok');
  assert.deepEqual([backend.requests, portal.requests[0].line], [[], 'GET /tkx HTTP/1.1']);
});

// ---- figures put in by nginx

async function startIncluding(t, backend) {
  const root = tempDir();
  fs.chmodSync(root, 0o755);
  fs.writeFileSync(`${root}/thongke.shtml`, shipped('ssi/thongke.shtml'));
  fs.writeFileSync(`${root}/index.html`, '<!doctype html>\n<title>Trang</title>\n<!--# include virtual="/thongke.shtml" -->\n<p>hết</p>\n');
  const { url } = await startNginx(t, 'proxy/nginx.conf', backend, { root, more: shipped('ssi/nginx.conf') });
  return async () => {
    const begin = performance.now();
    const { status, text, headers } = await ask(`${url}/index.html`, { headers: { 'If-Modified-Since': new Date().toUTCString(), 'Accept-Encoding': 'gzip', 'X-Forwarded-For': '203.0.113.9' } });
    const figures = Object.fromEntries([...text.matchAll(/<b class="thongke-(\w+)">([^<]*)<\/b>/g)].map(([, name, figure]) => [name, figure]));
    return { status, text, figures, headers, seconds: (performance.now() - begin) / 1000 };
  };
}

test('SSI: the figures stand in the page, with their dots', async (t) => {
  const tk = await startMyloc(t);
  const page = await startIncluding(t, tk.url);
  const empty = await page();
  assert.deepEqual([empty.status, empty.headers.etag], [200, undefined]);
  assert.deepEqual(empty.figures, { online: '0', today: '0', week: '0', total: '0' });
  for (const [opening, shown] of [[998, '999'], [999, '1.000'], [1234566, '1.234.567'], [98765432109, '98.765.432.110']]) {
    await tk.redis.cmd('HSET', 'tk:{myloc}:counts', 'opening', opening);
    await tk.restart();
    if (opening === 998) await tk.hit({ site: 'myloc' });
    const again = await startIncluding(t, tk.url);
    const { figures, text } = await again();
    assert.deepEqual(figures, { online: '1', today: '1', week: '1', total: shown });
    assert.match(text, /<ul class="thongke-list thongke-plain" lang="vi" aria-label="Thống kê truy cập">/);
    assert.match(text, /<script async src="\/tk\/thongke\.js" data-site="myloc"><\/script>\n\n<p>hết<\/p>/);
    assert.doesNotMatch(text, /<!--#/);
  }
});

test('SSI: without the daemon «…», and no page waits longer than a second', async (t) => {
  const silent = net.createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const tk = await startMyloc(t);
  await tk.stop();
  for (const backend of [tk.url, `http://127.0.0.1:${silent.address().port}`]) {
    const page = await startIncluding(t, backend);
    const { status, figures, text, seconds } = await page();
    assert.equal(status, 200);
    assert.deepEqual(figures, { online: '…', today: '…', week: '…', total: '…' });
    assert.match(text, /<p>hết<\/p>/);
    assert.ok(seconds < 1, `${seconds} s`);
  }
});

test('SSI: a daemon that refuses gives «…», not its error', async (t) => {
  const tk = await start(t);
  const page = await startIncluding(t, tk.url);
  const { status, figures, text } = await page();
  assert.deepEqual([status, figures.total], [200, '…']);
  assert.doesNotMatch(text, /unknown_site/);
});
