// thongke check: what it says of a Redis and of a configuration that are as
// they should be, and of each way of not being so.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run, start, tempDir, test, thongke, top } from './harness.mjs';
import { connect, otherTime } from './redis.mjs';

/** { code, all: { check: 'status: message' }, bad: those that are not ok } */
async function check(tk, options) {
  const { code, stdout, stderr } = await run(thongke, ['-c', tk.ini, '--lang=en', 'check', '--json'], options);
  assert.equal(stderr, '');
  const { errors, warnings, checks } = JSON.parse(stdout);
  const count = (status) => checks.filter((one) => one.status === status).length;
  assert.deepEqual([errors, warnings, code], [count('error'), count('warning'), errors > 0 ? 1 : 0]);
  for (const one of checks) assert.ok(one.status === 'ok' ? !one.remedy : one.remedy || one.check === 'configuration', stdout);
  const all = Object.fromEntries(checks.map((one) => [one.check, `${one.status}: ${one.message}`]));
  return { code, all, bad: Object.fromEntries(Object.entries(all).filter(([, text]) => !text.startsWith('ok:'))) };
}

const names = ['tzdata', 'configuration', 'redis', 'layout', 'version', 'rights', 'writes', 'maxmemory-policy', 'memory',
  'appendonly', 'appendfsync', 'aof-write', 'aof-rewrite', 'clock', 'timezone'];

test('all is well', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.stop();
  const before = await tk.redis.cmd('INFO', 'keyspace');
  const { code, all, bad } = await check(tk);
  assert.deepEqual([code, bad, Object.keys(all)], [0, {}, names]);
  assert.match(all.timezone, /Asia\/Ho_Chi_Minh, \d{4}-\d\d-\d\d \d\d:\d\d now, sites: 1/);
  assert.equal((await tk.redis.cmd('INFO', 'keyspace')).replace(/avg_ttl=\d+/, ''), before.replace(/avg_ttl=\d+/, ''));
  assert.equal(await tk.redis.cmd('GET', 'tk:schema'), '3');
});

test('a Redis that was never used is left untouched', async (t) => {
  const tk = await start(t);
  await tk.stop();
  await tk.redis.cmd('FLUSHALL');
  const { all, bad } = await check(tk);
  assert.deepEqual(bad, {});
  assert.equal(all.layout, 'ok: no data yet');
  assert.equal(await tk.redis.cmd('DBSIZE'), 0);
});

test('each format, and the language', async (t) => {
  const tk = await start(t, { redis: { appendfsync: 'everysec' } });
  const table = (await tk.cli('--lang', 'en', 'check')).stdout.split('\n');
  assert.match(table[0], /^ok {7}tzdata {12}\//);
  assert.match(table[10], /^warning {2}appendfsync {7}everysec: .* 2 s .* → set appendfsync always$/);
  const plain = (await tk.cli('--lang', 'en', 'check', '--plain')).stdout.split('\n').slice(0, -1).map((line) => line.split('\t'));
  assert.deepEqual(plain.map(([, name]) => name), names);
  assert.deepEqual([plain[10][0], plain[10][3], plain[0].length], ['warning', 'set appendfsync always', 4]);
  assert.match((await tk.cli('check', '--csv')).stdout, /^status,check,message,remedy\r\nok,tzdata,/);
  assert.match((await tk.cli('--lang', 'vi', 'check')).stdout, /^warning {2}appendfsync {7}.*mất điện → đặt appendfsync always$/m);
});

for (const [what, commands, expected] of [
  ['appendonly no', ['CONFIG SET appendonly no'], { appendonly: /^error: no: / }],
  ['appendfsync no', ['CONFIG SET appendfsync no'], { appendfsync: /^warning: no: / }],
  ['allkeys-lru without a limit', ['CONFIG SET maxmemory-policy allkeys-lru'], { 'maxmemory-policy': /^warning: allkeys-lru: / }],
  ['allkeys-lru with a limit', ['CONFIG SET maxmemory-policy allkeys-lru maxmemory 1gb'], { 'maxmemory-policy': /^error: allkeys-lru: / }],
  ['no memory left', ['CONFIG SET maxmemory 100kb'], { writes: /^error: refused: OOM /, memory: /^warning: / }],
  ['a master elsewhere', ['REPLICAOF 127.0.0.1 1'], { writes: /^error: refused: READONLY / }],
]) {
  test(`a Redis with ${what}`, async (t) => {
    const tk = await start(t);
    for (const command of commands) await tk.redis.cmd(...command.split(' '));
    const { bad } = await check(tk);
    assert.deepEqual(Object.keys(bad).sort(), Object.keys(expected).sort(), JSON.stringify(bad));
    for (const name of Object.keys(expected)) assert.match(bad[name], expected[name]);
  });
}

test('a log that is not rewritten each night', async (t) => {
  const tk = await start(t, { daemon: { rewrite_log: 'no' } });
  const { bad } = await check(tk);
  assert.deepEqual(Object.keys(bad), ['aof-rewrite']);
  assert.match(bad['aof-rewrite'], /^warning: not each night: /);
});

test('a Redis that hides CONFIG, INFO, ACL or TIME', async (t) => {
  const tk = await start(t);
  for (const [command, expected] of [
    ['config', ['appendfsync']],
    ['info', ['version', 'maxmemory-policy', 'memory', 'appendonly', 'aof-write']],
    ['acl', ['rights']],
    ['setrange', ['writes']],
  ]) {
    const { code, bad } = await withRule(tk, `-${command}`);
    assert.deepEqual([code, Object.keys(bad)], [0, expected]);
    for (const text of Object.values(bad)) assert.match(text, /^warning: not checked/);
  }
  const { bad } = await withRule(tk, '-time');
  assert.deepEqual(Object.keys(bad), ['rights', 'clock']);
});

/** Checked with other rights of the one user there is, which the daemon has done with. */
async function withRule(tk, rule) {
  const admin = connect(tk.redis.socket);
  await admin.cmd('ACL', 'SETUSER', 'admin', 'on', '>secret', '~*', '&*', '+@all');
  await admin.cmd('AUTH', 'admin', 'secret');
  await admin.cmd('ACL', 'SETUSER', 'default', rule);
  const result = await check(tk);
  await admin.cmd('ACL', 'SETUSER', 'default', '+@all');
  admin.close();
  return result;
}

const scripts = fs.readdirSync(`${top}/daemon/store`).filter((name) => name.endsWith('.lua'));
const used = new Set(scripts.flatMap((name) => [...fs.readFileSync(`${top}/daemon/store/${name}`, 'utf8').matchAll(/\b(?:call|try)\('(\w+)'/g)].map((m) => m[1])));

test('every command of the scripts that the user may not run is named', async (t) => {
  const tk = await start(t);
  await tk.stop();
  used.delete('GET'); // without it there is no answer at all
  assert.ok(used.size > 10);
  for (const command of [...used, 'EVALSHA', 'EVALSHA_RO', 'SCRIPT']) {
    const { code, bad } = await withRule(tk, `-${command}`);
    assert.equal(code, 1, command);
    assert.match(bad.rights, new RegExp(`^error: user default may not run ${command}: `));
  }
});

test('Redis away, hanging, of another layout, or refusing', async (t) => {
  const tk = await start(t);
  await tk.stop();
  await tk.redis.cmd('SET', 'tk:schema', 9);
  assert.match((await check(tk)).bad.layout, /^error: the data is of version 9, this program reads 3/);
  await tk.redis.cmd('CONFIG', 'SET', 'requirepass', 'secret');
  assert.match((await check(tk)).bad.redis, /^error: unix:.*: NOAUTH /);
  tk.redis.freeze();
  assert.match((await check(tk)).bad.redis, /^error: unix:.*: no answer within 3 s; /);
  tk.redis.thaw();
  await tk.redis.stop();
  const { bad, all } = await check(tk);
  assert.deepEqual(Object.keys(bad), ['redis']);
  assert.match(bad.redis, /^error: unix:.*: No such file .*; hits wait in spool_dir, or are answered 503/);
  assert.ok(all.timezone);
});

test('a clock that is not the one of Redis', async (t) => {
  const tk = await start(t);
  const socket = await otherTime(t, tk.redis.socket, Math.floor(Date.now() / 1000) + 3600);
  tk.configure({ redis: `unix:${socket}` });
  const { code, bad } = await check(tk);
  assert.deepEqual([code, Object.keys(bad)], [0, ['clock']]);
  assert.match(bad.clock, /^warning: -3[56]\d\d\d\d\d ms from Redis's/);
});

test('bad configurations', async () => {
  const ini = `${tempDir()}/thongke.ini`;
  assert.match((await check({ ini })).bad.configuration, /^error: .*thongke\.ini: No such file .* -c FILE /);
  fs.writeFileSync(ini, '[daemon]\nlisten = x\ncolour = red\n');
  const { stdout } = await run(thongke, ['-c', ini, 'check', '--plain']);
  assert.equal([...stdout.matchAll(/^error\tconfiguration\t.*:[23]: /gm)].length, 2);
  fs.writeFileSync(ini, `[daemon]\nredis = unix:${ini}.sock\n`);
  assert.match((await check({ ini })).bad.configuration, /^warning: .*no site/);
  fs.writeFileSync(ini, '[site a]\nhosts = a.vn\n');
  const zoneless = await check({ ini }, { env: { TZDIR: '/nowhere' } });
  assert.match(zoneless.bad.tzdata, /^error: no time zones in \/nowhere/);
  assert.match(zoneless.bad.configuration, /^error: .*timezone/);
});
