// The two programs as commands: options, exit codes, messages.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run, start, tempDir, test, thongke, thongked, top } from './harness.mjs';

const version = fs.readFileSync(`${top}/VERSION`, 'utf8').trim();

test('both programs say their version and their help', async () => {
  for (const [program, name] of [[thongked, 'thongked'], [thongke, 'thongke']]) {
    assert.deepEqual(await run(program, ['--version']), { code: 0, stdout: `${name} ${version}\n`, stderr: '' });
    const help = await run(program, ['--help']);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.match(help.stdout, new RegExp(`usage: ${name}`));
    assert.equal((await run(program, ['--no-such-option'])).code, 2);
  }
});

const good = '[daemon]\nlisten = 127.0.0.1:0\n\n[site demo]\nhosts = demo.test\n';
for (const [what, text, code, message] of [
  ['a good configuration', good, 0, /no error/],
  ['an unknown option', `${good}colour = red\n`, 2, /:6: .*colour/],
  ['a bad value', good.replace('127.0.0.1:0', 'somewhere'), 2, /:2: .*listen.*«somewhere»/],
  ['a bad time zone', `${good}timezone = Asia/Hanoi\n`, 2, /:6: .*timezone.*«Asia\/Hanoi»/],
  ['two sites with one host', `${good}[site other]\nhosts = demo.test\n`, 2, /demo\.test/],
  ['an unknown section', `${good}[portal x]\n`, 2, /:6: .*portal/],
  ['a line that is no option', `${good}gibberish\n`, 2, /:6:/],
]) {
  test(`--check-config: ${what}`, async () => {
    const file = `${tempDir()}/thongke.ini`;
    fs.writeFileSync(file, text);
    const result = await run(thongked, ['-c', file, '--check-config']);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, message);
  });
}

test('a configuration that is not there is said', async () => {
  const { code, stderr } = await run(thongked, ['-c', '/nowhere/thongke.ini']);
  assert.equal(code, 2);
  assert.match(stderr, /\/nowhere\/thongke\.ini/);
});

test('--print-config is read back alike', async (t) => {
  const tk = await start(t);
  const first = await run(thongked, ['-c', tk.ini, '--set', 'online_window=600', '--print-config']);
  assert.equal(first.code, 0);
  assert.match(first.stdout, /^online_window = (600|10m)/m);
  fs.writeFileSync(`${tk.dir}/printed.ini`, first.stdout);
  const second = await run(thongked, ['-c', `${tk.dir}/printed.ini`, '--print-config']);
  assert.equal(second.stdout, first.stdout);
});

test('a port that is taken is said', async (t) => {
  const tk = await start(t);
  const address = new URL(tk.url).host;
  const { code, stderr } = await run(thongked, ['-c', tk.ini, '--set', `listen=${address}`]);
  assert.equal(code, 1);
  assert.ok(stderr.includes(address), stderr);
});

test('thongke show gives the figures of the box', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:totals', 'opening', 1_234_566);
  await tk.hit();
  const { code, stdout, stderr } = await tk.cli('show');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^demo$/m);
  assert.match(stdout, /Đang online\s+1$/m);
  assert.match(stdout, /Tất cả\s+1\.234\.567$/m);
});

test('thongke show --json gives what a hit answers, and needs no daemon', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  const { body } = await tk.hit({ site: 'one' });
  await tk.stop();
  const { code, stdout } = await tk.cli('show', '--json');
  assert.equal(code, 0);
  const [one, two] = JSON.parse(stdout);
  for (const name of ['site', 'online', 'today', 'yesterday', 'week', 'month', 'year', 'total']) assert.equal(one[name], body[name], name);
  assert.deepEqual([two.site, two.total], ['two', 0]);
  assert.deepEqual(JSON.parse((await tk.cli('show', '--json', 'two')).stdout), [two]);
});

test('thongke show of an unknown site, and without Redis', async (t) => {
  const tk = await start(t);
  const unknown = await tk.cli('show', 'unknown');
  assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /unknown/);
  await tk.redis.stop();
  const away = await tk.cli('show');
  assert.deepEqual([away.code, away.stdout], [1, '']);
  assert.match(away.stderr, /redis/);
});
