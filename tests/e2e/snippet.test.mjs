// thongke snippet: what it prints is what the daemon answers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { request, run, start, tempDir, test, thongke } from './harness.mjs';

const figures = ['online', 'today', 'yesterday', 'week', 'month', 'year', 'total'];
const en = (tk, ...args) => tk.cli('--lang=en', ...args);
const forms = ['script', 'pinned', 'markup', 'article', 'list', 'iframe', 'picture', 'pixel', 'php', 'shell', 'settings'];

test('everything that thongke snippet prints works', async (t) => {
  const tk = await start(t, { sites: { demo: { hosts: '*.demo.test www.demo.test' } }, daemon: { base_path: '/dem' } });
  const { code, stdout, stderr } = await en(tk, 'snippet', 'demo');
  assert.deepEqual([code, stderr], [0, '']);
  const targets = [...stdout.matchAll(/(?:src="|https:\/\/www\.demo\.test)([^"']*)/g)].map(([, target]) => target.replaceAll('&amp;', '&'));
  assert.deepEqual(new Set(targets.map((target) => target.replace(/\?.*|[0-9a-f]{16}/g, ''))), new Set(
    ['thongke.js', 'thongke..js', 'box.html', 'box.svg', 'views.svg', 'hit.gif', 'counts'].map((name) => `/dem/${name}`),
  ));
  const answers = {};
  for (const target of targets) {
    const url = new URL(tk.url).origin + target.replace(/page=$/, 'page=%2Ftin%3Fid%3D5'); // to which the PHP adds its own address
    answers[target] = await request('GET', url);
    assert.equal(answers[target].status, 200, target);
  }
  const [, pinned, integrity] = /src="(\/dem\/thongke\.[0-9a-f]{16}\.js)" integrity="(\S+)" crossorigin="anonymous" data-site="demo"/.exec(stdout);
  assert.match(answers[pinned].headers['cache-control'], /immutable/);
  assert.equal(integrity, `sha384-${createHash('sha384').update(answers[pinned].bytes).digest('base64')}`);
  assert.match(stdout, /class="thongke-box"/);
  const own = stdout.slice(stdout.indexOf('<!-- markup'), stdout.indexOf('<!-- article'));
  assert.deepEqual([...own.matchAll(/data-thongke="(\w+)"/g)].map(([, name]) => name), figures);
  for (const name of ['look', 'lang', 'live', 'spa', 'count']) assert.match(stdout, new RegExp(`<script [^>]*data-${name}="\\w+"`));
});

test('thongke snippet prints one form, or each with a comment in the language asked for', async (t) => {
  const tk = await start(t);
  const vietnamese = (await tk.cli('--lang', 'vi', 'snippet', 'demo')).stdout;
  const english = (await en(tk, 'snippet', 'demo')).stdout;
  for (const form of forms) {
    const one = await en(tk, 'snippet', 'demo', form);
    assert.deepEqual([one.code, one.stderr], [0, '']);
    assert.ok(one.stdout.startsWith(`<!-- ${form}: `), one.stdout);
    assert.ok(english.includes(`\n\n${one.stdout}`), form);
    assert.match(vietnamese, new RegExp(`<!-- ${form}: [^\n]*[ăâđêôơưạảấầậẻẽếềệỉịọỏốồộớờợụủứừựỳỵ][^\n]* -->\n`));
  }
  const bare = (text) => text.replace(/<!-- (?!curl).*/g, '');
  assert.equal(bare(vietnamese), bare(english));
  for (const args of [[], ['nowhere'], ['demo', 'demo'], ['demo', 'script', 'x'], ['demo', '--csv']]) {
    assert.equal((await tk.cli('snippet', ...args)).code, 2);
  }
  const { stderr } = await en(tk, 'snippet', 'demo', 'frame');
  assert.equal(stderr, `thongke: «frame» is no form; the forms are ${forms.join(', ')}\n`);
});

const php = spawnSync('php', ['-v']).status === 0;

test('the PHP of thongke snippet writes the figures, and «…» when there are none', { skip: !php && 'there is no php' }, async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'opening', 1234566);
  await tk.hit({ page: '/tin?a=1' });
  const { stdout } = await tk.cli('snippet', 'demo', 'php');
  const write = async (url) => {
    const code = stdout.replace('http://demo.test/tk', url).replace('https://demo.test/tk', url);
    assert.ok(code.includes(url));
    const page = await run('php', [], { input: `<?php $_SERVER['REQUEST_URI'] = '/tin?a=1'; ?>${code}` });
    assert.deepEqual([page.code, page.stderr], [0, '']);
    return [...page.stdout.matchAll(/<b [^>]*>([^<]*)</g)].map(([, figure]) => figure);
  };
  assert.deepEqual(await write(tk.url), ['1.234.567', '1']);
  assert.deepEqual(await write('http://127.0.0.1:1'), ['…', '…']);
});

test('thongke snippet without Redis, and for a site that has only a pattern', async () => {
  const file = `${tempDir()}/thongke.ini`;
  fs.writeFileSync(file, '[site a]\nhosts = *.a.vn\n[site b]\nhosts = localhost\n');
  assert.match((await run(thongke, ['-c', file, 'snippet', 'a'])).stdout, /'https:\/\/portal\.a\.vn\/tk\/counts\?site=a&page='/);
  assert.match((await run(thongke, ['-c', file, 'snippet', 'b'])).stdout, /'http:\/\/localhost\/tk\/counts\?site=b&page='/);
});
