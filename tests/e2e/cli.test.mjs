// The two programs as commands: options, exit codes, messages.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { request, run, start, tempDir, test, thongke, thongked, top } from './harness.mjs';
import { otherTime } from './redis.mjs';

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

const en = (tk, ...args) => tk.cli('--lang', 'en', ...args);
const figures = ['online', 'today', 'yesterday', 'week', 'month', 'year', 'total'];

test('thongke show gives the figures of the box, in either language', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'opening', 1_234_566);
  await tk.hit();
  const vi = await tk.cli('--lang', 'vi', 'show');
  assert.deepEqual([vi.code, vi.stderr], [0, '']);
  assert.match(vi.stdout, /^demo\n {2}Đang online +1\n {2}Hôm nay +1\n {2}Hôm qua +0\n {2}Trong tuần +1\n/);
  assert.match(vi.stdout, /^ {2}Tất cả {7}1\.234\.567$/m);
  assert.match((await en(tk, 'show', 'demo')).stdout, /^demo\n {2}Online now +1\n {2}Today +1\n[^]* {2}Total +1,234,567\n$/);
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

test('thongke show --plain and --csv', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.redis.cmd('HSET', 'tk:{two}:counts', 'hits', 1_234_567);
  const plain = (await tk.cli('show', '--plain', 'two')).stdout;
  assert.deepEqual(plain.split('\n').slice(0, -1).map((line) => line.split('\t')), [
    ...figures.slice(0, -1).map((name) => ['two', name, '0']),
    ['two', 'total', '1234567'],
  ]);
  const csv = (await tk.cli('show', '--csv')).stdout;
  assert.equal(csv, `site,${figures.join(',')}\r\none,0,0,0,0,0,0,0\r\ntwo,0,0,0,0,0,0,1234567\r\n`);
});

test('thongke show of an unknown site, and without Redis', async (t) => {
  const tk = await start(t);
  const unknown = await tk.cli('show', 'demo', 'unknown');
  assert.deepEqual([unknown.code, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /«unknown»/);
  await tk.redis.stop();
  const away = await tk.cli('show');
  assert.deepEqual([away.code, away.stdout], [1, '']);
  assert.match(away.stderr, /redis/);
});

test('thongke sites has a row a site and their sum, in every format', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.hit({ site: 'one' });
  await tk.hit({ site: 'two' });
  await tk.redis.cmd('HSET', 'tk:{two}:counts', 'opening', 1000);
  const rows = (await en(tk, 'sites')).stdout.split('\n');
  assert.match(rows[0], /^Site +Online now +Today +Yesterday +This week +This month +This year +Total$/);
  assert.match(rows[1], /^one +1 +1 +0 +1 +1 +1 +1$/);
  assert.match(rows[2], /^two .* 1,001$/);
  assert.match(rows[3], /^All sites +2 +2 +0 +2 +2 +2 +1,002$/);
  assert.deepEqual(rows.slice(4), ['']);
  assert.equal(new Set(rows.slice(0, 4).map((row) => row.length)).size, 1);
  assert.match((await tk.cli('--lang', 'vi', 'sites')).stdout, /^Tổng cộng .* 1\.002$/m);
  assert.match((await tk.cli('sites', '--csv')).stdout, /\r\n\*,2,2,0,2,2,2,1002\r\n$/);
  assert.match((await tk.cli('sites', '--plain')).stdout, /^\*\tonline\t2\n[^]*^\*\ttotal\t1002\n$/m);
  const json = JSON.parse((await tk.cli('sites', '--json')).stdout);
  assert.deepEqual(json.sites, JSON.parse((await tk.cli('show', '--json')).stdout));
  assert.deepEqual(json.sum, { online: 2, today: 2, yesterday: 0, week: 2, month: 2, year: 2, total: 1002 });
});

test('a site whose data is damaged does not hide the others', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.hit({ site: 'two' });
  await tk.redis.cmd('SET', 'tk:{one}:counts', 'nonsense');
  const { code, stdout, stderr } = await en(tk, 'sites');
  assert.equal(code, 1);
  assert.match(stderr, /^thongke: site one: .*WRONGTYPE.*\n$/);
  assert.match(stdout, /^one +… +…/m);
  assert.match(stdout, /^two +1 +1 /m);
  assert.match(stdout, /^All sites +… +…/m);
  assert.equal(JSON.parse((await tk.cli('sites', '--json')).stdout).sum.total, null);
  assert.match((await tk.cli('show', '--plain', 'one')).stdout, /^one\ttotal\t$/m);
});

test('thongke sites of 2,000 sites, and of readers that leave early', async (t) => {
  const names = Array.from({ length: 2000 }, (_, i) => `site${i}`);
  const tk = await start(t);
  tk.configure({}, Object.fromEntries(names.map((name) => [name, {}])));
  await Promise.all(names.map((name) => tk.redis.cmd('HSET', `tk:{${name}}:counts`, 'hits', 1)));
  const { sites, sum } = JSON.parse((await tk.cli('sites', '--json')).stdout);
  assert.deepEqual([sites.length, sum.total], [2000, 2000]);
  const left = await run('bash', ['-c', `"${thongke}" -c "${tk.ini}" sites | head -1; echo \${PIPESTATUS[0]}`]);
  assert.match(left.stdout, /^Site.*\n141\n$/);
  assert.equal(left.stderr, '');
  for (const to of ['> /dev/full', '>&-']) {
    const unwritten = await run('bash', ['-c', `"${thongke}" -c "${tk.ini}" sites ${to}`]);
    assert.equal(unwritten.code, 1, to);
    assert.match(unwritten.stderr, /^thongke: standard output: .*\n$/);
  }
});

test('thongke goes by the clock of Redis', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', '20300102', 7, '20300101', 5);
  const socket = await otherTime(t, tk.redis.socket, Date.UTC(2030, 0, 1, 17) / 1000); // midnight in Vietnam
  tk.configure({ redis: `unix:${socket}` });
  const [demo] = JSON.parse((await tk.cli('show', '--json')).stdout);
  assert.deepEqual([demo.today, demo.yesterday, demo.year], [7, 5, 12]);
});

test('thongke reads no data of a newer layout', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('SET', 'tk:schema', 4);
  const { code, stdout, stderr } = await tk.cli('show');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /version 4/);
});

test('every verb has its help, in both languages', async () => {
  const main = await run(thongke, ['--help', '--lang', 'en']);
  const verbs = [...main.stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  assert.deepEqual(verbs, ['show', 'sites', 'top', 'base', 'purge', 'snippet', 'check', 'verify', 'spool', 'help']);
  assert.equal((await run(thongke, ['help', '--lang', 'en'])).stdout, main.stdout);
  for (const verb of verbs) {
    const help = await run(thongke, [verb, '--help', '--lang', 'en']);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.match(help.stdout, new RegExp(`^usage: thongke \\[-c FILE\\] ${verb}\\b[^]*^  thongke ${verb}`, 'm'));
    assert.deepEqual(await run(thongke, ['--lang=en', 'help', verb]), help);
    const vietnamese = await run(thongke, ['help', verb, '--lang', 'vi']);
    assert.notEqual(vietnamese.stdout, help.stdout);
  }
});

for (const [what, args, message] of [
  ['no verb', [], /which verb/],
  ['an unknown verb', ['frobnicate'], /«frobnicate» is no verb; see thongke --help/],
  ['a slip', ['chekc'], /«chekc» is no verb; did you mean check\?/],
  ['a slip in help', ['help', 'site'], /did you mean sites\?/],
  ['an unknown option', ['show', '--jason'], /«--jason» is no option/],
  ['an unknown letter', ['-x'], /«-x» is no option/],
  ['an option without its value', ['-c'], /«-c» needs a value/],
  ['an unknown language', ['--lang', 'fr', 'show'], /--lang can not be «fr»/],
  ['an unknown colour', ['--color=blue', 'show'], /--color can not be «blue»/],
  ['a format that the verb has not', ['snippet', '--json', 'x'], /snippet has no --json/],
  ['a form that is none', ['snippet', 'x', 'frame'], /«frame» is no form; the forms are script, pinned, /],
  ['an argument too many', ['sites', 'x'], /sites takes no «x»/],
  ['an escape sequence', ['\u001b[31m'], /«\?\[31m» is no verb/],
]) {
  test(`thongke called wrongly: ${what}`, async () => {
    const { code, stdout, stderr } = await run(thongke, ['--lang=en', ...args]);
    assert.deepEqual([code, stdout], [2, ''], stderr);
    assert.match(stderr, message);
    assert.match(stderr, /^thongke: .*\n$/);
  });
}

test('thongke takes its language from the environment', async () => {
  const clear = { LC_ALL: '', LC_MESSAGES: '', LANG: '' };
  for (const [env, vietnamese] of [
    [{ LANG: 'vi_VN.UTF-8' }, true],
    [{ LC_MESSAGES: 'vi', LANG: 'en_US.UTF-8' }, true],
    [{ LC_ALL: 'C.UTF-8', LANG: 'vi_VN.UTF-8' }, false],
    [{}, false],
  ]) {
    const { stdout } = await run(thongke, ['--help'], { env: { ...clear, ...env } });
    assert.equal(/Mã thoát/.test(stdout), vietnamese, JSON.stringify(env));
  }
  assert.match((await run(thongke, ['nope'], { env: { ...clear, LANG: 'vi' } })).stderr, /không có lệnh «nope»/);
});

test('thongke finds its configuration in THONGKE_CONFIG, and says where it looked', async (t) => {
  const tk = await start(t);
  const env = { THONGKE_CONFIG: tk.ini };
  assert.equal(JSON.parse((await run(thongke, ['show', '--json'], { env })).stdout)[0].site, 'demo');
  const named = await run(thongke, ['-c', '/nowhere/t.ini', 'show'], { env });
  assert.deepEqual([named.code, named.stdout], [2, '']);
  assert.match(named.stderr, /^thongke: \/nowhere\/t\.ini: .* -c FILE .*THONGKE_CONFIG\n$/);
  if (fs.existsSync('/etc/thongke/thongke.ini')) return;
  const byDefault = await run(thongke, ['show'], { env: { THONGKE_CONFIG: '' } });
  assert.equal(byDefault.code, 2);
  assert.match(byDefault.stderr, /^thongke: \/etc\/thongke\/thongke\.ini, where .* -c FILE /);
});

test('colours are for terminals that want them', async (t) => {
  const tk = await start(t);
  const escape = '\u001b[';
  const coloured = async (args, env, terminal) => {
    const command = [thongke, '-c', tk.ini, ...args];
    const { stdout } = terminal
      ? await run('script', ['-qec', command.join(' '), '/dev/null'], { env: { NO_COLOR: '', TERM: 'xterm', ...env } })
      : await run(command[0], command.slice(1), { env: { NO_COLOR: '', TERM: 'xterm', ...env } });
    assert.match(stdout, /demo/);
    return stdout.includes(escape);
  };
  assert.equal(await coloured(['sites'], {}, true), true);
  assert.equal(await coloured(['sites'], { NO_COLOR: '1' }, true), false);
  assert.equal(await coloured(['sites'], { TERM: 'dumb' }, true), false);
  assert.equal(await coloured(['sites', '--color=never'], {}, true), false);
  assert.equal(await coloured(['sites'], {}, false), false);
  assert.equal(await coloured(['sites', '--color=auto'], {}, false), false);
  assert.equal(await coloured(['sites', '--color'], {}, false), true);
  assert.equal(await coloured(['sites', '--color=always', '--csv'], {}, false), false);
});
