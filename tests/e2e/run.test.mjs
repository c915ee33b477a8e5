// scripts/run, in a copy of this checkout: from start to stop, and again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { browserAgent, logFile, request, run, tempDir, test, top, waitUntil } from './harness.mjs';
import { freePort } from './portal.mjs';
import { child } from './process.mjs';

function copyOfCheckout() {
  const dir = tempDir();
  const left = ['.git', 'node_modules', 'tests', 'var', 'build/san', 'build/test-logs'];
  fs.cpSync(top, dir, {
    recursive: true,
    preserveTimestamps: true,
    filter: (from) => !left.includes(path.relative(top, from)),
  });
  fs.symlinkSync(`${top}/node_modules`, `${dir}/node_modules`); // what is installed is not fetched again
  return dir;
}

test('scripts/run serves the demo, stops on SIGTERM and keeps the counts', async (t) => {
  const cwd = copyOfCheckout();
  const nowhere = `http://127.0.0.1:${await freePort()}/`;
  const env = { THONGKE_PORT: await freePort(), THONGKE_ADMIN_PORT: await freePort(), npm_config_registry: nowhere };
  const portal = `http://127.0.0.1:${env.THONGKE_PORT}/`;
  const started = [];
  const begin = async () => {
    const it = child('./scripts/run', [], { cwd, env, log: logFile(t, 'run') });
    started.push(it);
    await waitUntil(() => !it.alive || it.text.includes('Ctrl-C'), { timeout: 60_000, what: 'scripts/run to be ready' });
    assert.ok(it.alive, it.text);
    return it;
  };
  const hit = () =>
    request('POST', `${portal}tk/hit`, {
      headers: { 'User-Agent': browserAgent, Origin: portal.slice(0, -1) },
      body: 'site=demo&page=/',
    });
  t.after(() => Promise.all(started.map((it) => it.end())));

  const first = await begin();
  assert.ok(first.text.includes(portal));
  assert.match(first.text, /country\.mmdb chưa có.*\n.*going on without: countries are not told/);
  assert.equal((await request('GET', portal)).status, 200);
  assert.equal((await hit()).body.total, 1);

  const second = await run('./scripts/run', [], { cwd, env });
  assert.equal(second.code, 1);
  assert.ok(second.stderr.includes(portal), second.stderr);

  await first.end('SIGTERM');
  assert.deepEqual([first.code, fs.existsSync(`${cwd}/var/redis.sock`)], [0, false]);

  const again = await begin();
  assert.equal((await hit()).body.total, 2);
  process.kill(Number(fs.readFileSync(`${cwd}/var/nginx.pid`, 'utf8')), 'SIGKILL');
  await waitUntil(() => !again.alive, { what: 'scripts/run to end with its nginx' });
  assert.equal(again.code, 1);
  assert.match(again.text, /nginx: .*has ended/);
  assert.equal(fs.existsSync(`${cwd}/var/redis.sock`), false);
});

test('scripts/run says which port is taken', async (t) => {
  const cwd = copyOfCheckout();
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await waitUntil(() => other.address(), { what: 'a port' });
  const { port } = other.address();
  const { code, stderr } = await run('./scripts/run', [], { cwd, env: { THONGKE_PORT: port } });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`port ${port} is taken.*THONGKE_PORT=`));
});
