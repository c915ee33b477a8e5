// A daemon with its own Redis for one test.
//
//   import { test, start } from './harness.mjs';
//   test('a second view is counted', async (t) => {
//     const tk = await start(t);
//     await tk.hit({ page: '/a' });
//     const reply = await tk.hit({ page: '/a' });
//     assert.equal(reply.body.page.views, 2);
//     await tk.expectMetric('thongke_hits_total{site="demo"}', 2);
//   });
//
// Both end with the test.  A sanitizer's report, or a daemon that does not end
// with 0, fails it; a failed test shows the logs of both.  They are kept in
// build/test-logs/ in any case.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test as nodeTest } from 'node:test';
import { fileURLToPath } from 'node:url';
import { child, waitUntil } from './process.mjs';
import { redisServer } from './redis.mjs';

export { waitUntil };
export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const thongked = process.env.THONGKED ?? `${top}/build/san/thongked`;
export const thongke = process.env.THONGKE ?? `${path.dirname(thongked)}/thongke`;
export const browserAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

const sanitizers = {
  ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};
const failed = new WeakSet();

/** node:test's test(), which also notes a failure so that the logs are shown. */
export function test(name, options, fn) {
  if (typeof options === 'function') [options, fn] = [{}, options];
  return nodeTest(name, options, async (t) => {
    try {
      await fn(t);
    } catch (error) {
      failed.add(t);
      throw error;
    }
  });
}

/** The environment of a program whose clock is off by so much. */
export const clock = (offset) => ({ LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', FAKETIME: offset });

/** 16 hex digits, as the widget makes its hit ids and visitor tokens. */
export const token = () => randomBytes(8).toString('hex');

const temporary = new Set();
process.on('exit', () => temporary.forEach((dir) => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))); // a browser may be dying in it

/** A folder that is gone when the test file has ended. */
export function tempDir() {
  const base = os.tmpdir().length < 60 ? os.tmpdir() : '/tmp'; // a socket's path holds some 100 bytes
  const dir = fs.mkdtempSync(`${base}/tk-`);
  temporary.add(dir);
  return dir;
}

/** A TCP port that nobody listens on. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An INI file's text; a site without hosts has SITE.test. */
export function ini(daemon, sites) {
  const section = (title, options) =>
    [`[${title}]`, ...Object.entries(options).map(([name, value]) => `${name} = ${value}`)].join('\n');
  return (
    [
      section('daemon', daemon),
      ...Object.entries(sites).map(([name, options]) => section(`site ${name}`, { hosts: `${name}.test`, ...options })),
    ].join('\n\n') + '\n'
  );
}

/** Run a program to its end. */
export async function run(command, args, options = {}) {
  const chunks = { stdout: '', stderr: '' };
  const p = spawn(command, args, { ...options, env: { ...process.env, ...sanitizers, ...options.env } });
  for (const name of ['stdout', 'stderr']) p[name].setEncoding('utf8').on('data', (chunk) => (chunks[name] += chunk));
  p.stdin.on('error', () => {}); // it may end without reading all of it
  p.stdin.end(options.input);
  const cut = setTimeout(() => p.kill('SIGKILL'), options.timeout ?? 30_000);
  const code = await new Promise((resolve, reject) => p.on('error', reject).on('close', (c, signal) => resolve(c ?? signal)));
  clearTimeout(cut);
  return { code, ...chunks };
}

/** One request on a connection of its own, over a unix socket if one is given. */
export function request(method, url, { headers = {}, body, socketPath, localAddress } = {}) {
  return new Promise((resolve, reject) => {
    const r = http.request(url, { method, headers, socketPath, localAddress, agent: false, timeout: 20_000 }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        const json = /json/.test(response.headers['content-type'] ?? '') && text !== '';
        resolve({ status: response.statusCode, headers: response.headers, bytes, text, body: json ? JSON.parse(text) : text });
      });
    });
    r.on('timeout', () => r.destroy(new Error(`${method} ${url}: no answer`)));
    r.on('error', reject);
    if (body !== undefined) r.setHeader('Content-Length', Buffer.byteLength(body));
    r.end(body);
  });
}

/** name{labels} -> number */
export function parseMetrics(text) {
  const values = {};
  for (const line of text.split('\n')) {
    const m = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/.exec(line);
    if (m) values[m[1]] = Number(m[2].replace('Inf', 'Infinity'));
  }
  return values;
}

/** Where that program's log of this test is kept. */
export function logFile(t, name) {
  const dir = `${top}/build/test-logs/daemons`;
  fs.mkdirSync(dir, { recursive: true });
  const file = `${dir}/${t.name.replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80)}.${name}.log`;
  fs.rmSync(file, { force: true });
  return file;
}

/**
 * options.sites   { name: { option: value } }; default: demo for demo.test, localhost and 127.0.0.1
 * options.daemon  { option: value } of the [daemon] section
 * options.redis   { option: value } of redis-server; false: it is not started (tk.redis.start() does)
 * options.program another program than the sanitized daemon
 * options.beside  another daemon, whose Redis this one shares
 */
export async function start(t, options = {}) {
  const dir = tempDir();
  const { beside } = options;
  const logs = beside ? { daemon: logFile(t, 'daemon-beside') } : { daemon: logFile(t, 'daemon'), redis: logFile(t, 'redis') };
  const redis = beside?.redis ?? redisServer(dir, options.redis || {}, logs.redis);
  const sites = options.sites ?? { demo: { hosts: 'demo.test localhost 127.0.0.1' } };
  const socket = `${dir}/tk.sock`;
  const defaults = {
    listen: `127.0.0.1:0 unix:${socket}`,
    admin_listen: '127.0.0.1:0',
    redis: `unix:${redis.socket}`,
    redis_timeout: '1000ms', // a busy disk is no news here; tests/faults takes what ships
    spool_dir: `${dir}/spool`,
  };
  const complaints = [];
  const enders = [];
  let daemon = null;
  let expected = false; // the daemon was told to end

  const tk = {
    dir,
    ini: `${dir}/thongke.ini`,
    /** The daemon's unix socket: its peers are trusted proxies. */
    socket,
    url: null,
    admin: null,
    redis,
    logFiles: Object.values(logs),
    get pid() {
      return daemon?.pid;
    },
    get log() {
      return daemon?.text ?? '';
    },

    /** (Over)write the INI; the daemon reads it at its next start or SIGHUP. */
    configure(more = {}, itsSites = sites) {
      fs.writeFileSync(tk.ini, ini({ ...defaults, ...options.daemon, ...more }, itsSites));
    },
    async start() {
      expected = false;
      daemon = child(options.program ?? thongked, ['-c', tk.ini], { log: logs.daemon, env: { ...sanitizers, ...options.env }, cwd: dir });
      const it = daemon;
      it.ended.then(() => expected || complaints.push(`the daemon ended by itself with ${it.code ?? it.endedBy}`));
      await waitUntil(
        () => {
          if (!it.alive) throw new Error(`the daemon ended with ${it.code ?? it.endedBy} before it was ready:\n${it.text}`);
          const url = /listening on (http:\/\/\S+)/.exec(it.text)?.[1];
          const admin = /admin on (http:\/\/\S+)/.exec(it.text)?.[1];
          if (url && admin) Object.assign(tk, { url, admin });
          return url && admin;
        },
        { what: 'the daemon to say where it listens' },
      );
    },
    /** SIGTERM: it drains and must end with 0. */
    async stop() {
      expected = true;
      if (!daemon?.alive) return;
      await daemon.end('SIGTERM');
      if (daemon.code !== 0) complaints.push(`the daemon ended with ${daemon.code ?? daemon.endedBy} after SIGTERM`);
    },
    async kill() {
      expected = true;
      await daemon.end('SIGKILL');
    },
    async restart() {
      await tk.stop();
      await tk.start();
    },
    signal: (name) => daemon.signal(name),

    request: (method, target, more) => request(method, tk.url + target, more),
    /** One hit as the widget sends it; headers and everything else can be given. A value of null leaves its field out. */
    hit({ site = 'demo', page = '/', visitor = '0123456789abcdef', id = token(), headers, ...more } = {}) {
      const fields = Object.entries({ site, page, visitor, id, ...more }).filter(([, value]) => value != null);
      const host = (sites[site]?.hosts ?? `${site}.test`).split(' ')[0];
      return tk.request('POST', '/hit', {
        headers: { 'Content-Type': 'text/plain', 'User-Agent': browserAgent, Origin: `http://${host}`, ...headers },
        body: new URLSearchParams(fields).toString(),
      });
    },
    /** query: a string, or { site, page: one or several } */
    counts(query = { site: 'demo' }, more) {
      const pairs = typeof query === 'string' ? query : Object.entries(query).flatMap(([k, v]) => [v].flat().map((one) => [k, one]));
      return tk.request('GET', `/counts?${new URLSearchParams(pairs)}`, more);
    },
    async metrics() {
      return parseMetrics((await request('GET', `${tk.admin}/metrics`)).text);
    },
    async expectMetric(name, value) {
      let last;
      const is = async () => (last = (await tk.metrics())[name]) === value;
      await waitUntil(is, { timeout: 5_000, what: `${name} to be ${value}` }).catch((error) => {
        throw new Error(`${error.message}; it is ${last}`);
      });
    },
    /** Each day's pages, details and referrers have what was counted so far. */
    async folded() {
      await waitUntil(async () => (await tk.redis.cmd('KEYS', 'tk:{*}:tallies:*')).length === 0, { what: 'the tallies to be folded' });
    },
    /** Something to end before the daemon does. */
    onEnd: (fn) => enders.unshift(fn),
    cli: (...args) => run(thongke, ['-c', tk.ini, ...args], { cwd: dir }),
  };

  t.after(async () => {
    for (const end of [...enders, tk.stop, ...(beside ? [] : [redis.stop])]) await end().catch((error) => complaints.push(error.message));
    for (const name of Object.keys(logs)) {
      const text = fs.existsSync(logs[name]) ? fs.readFileSync(logs[name], 'utf8') : '';
      if (/Sanitizer|runtime error:/.test(text)) complaints.push(`${name}: a sanitizer's report`);
      logs[name] = { file: logs[name], text };
    }
    if (failed.has(t) || complaints.length) {
      for (const { file, text } of Object.values(logs)) {
        console.log(`--- ${path.relative(top, file)}\n${text.split('\n').slice(-80).join('\n')}`);
      }
    }
    if (complaints.length) throw new Error(complaints.join('\n'));
  });

  tk.configure();
  if (options.redis !== false && !beside) await redis.start();
  await tk.start().catch((error) => {
    failed.add(t);
    throw error;
  });
  return tk;
}
