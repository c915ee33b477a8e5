// thongke spool: what lies in spool_dir.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ini, run, tempDir, test, thongke } from './harness.mjs';
import { holdSpool, leaveSpool, setAside } from './spool.mjs';

const [dead, living] = ['a', 'b'].map((digit) => digit.repeat(32));
const minutes = (n) => Date.now() - n * 60_000;

/** A configuration of its own, whose spool_dir is there. */
function configured(spool = `${tempDir()}/spool`) {
  const file = `${tempDir()}/thongke.ini`;
  fs.writeFileSync(file, ini({ spool_dir: spool, redis: 'unix:/nonexistent/redis.sock' }, { demo: {} }));
  return { dir: spool, file, cli: (...args) => run(thongke, ['-c', file, 'spool', ...args]) };
}

function filled() {
  const it = configured();
  leaveSpool(it.dir, dead, [
    { sequence: 1, hits: 1000, acceptedMs: minutes(125.5) },
    { sequence: 2, hits: 234, acceptedMs: minutes(2) },
  ]);
  leaveSpool(it.dir, living, [{ sequence: 7, hits: 5, acceptedMs: minutes(3.5), payload: 'some bytes' }]);
  return it;
}

const bytes = (it) => [dead, living].map((writer) => fs.statSync(`${it.dir}/${writer}/00000001.spool`).size);

test('a row a writer and their sum, in both languages, without Redis', async (t) => {
  const it = filled();
  await holdSpool(t, it.dir, living);
  const en = await it.cli('--lang', 'en');
  assert.deepEqual([en.code, en.stderr], [0, '']);
  const rows = en.stdout.split('\n');
  assert.match(rows[0], /^Writer +State +Segments +Batches +Hits +Bytes +Oldest +Damaged +Set aside$/);
  assert.match(rows[1], /^aaaaaaaa +left behind +1 +2 +1,234 +\d+ +2 h 5 min +0 +0$/);
  assert.match(rows[2], /^bbbbbbbb +held by a living daemon +1 +1 +5 +\d+ +3 min +0 +0$/);
  assert.match(rows[3], /^Sum +2 +3 +1,239 +\d+ +2 h 5 min +0 +0$/);
  assert.deepEqual(rows.slice(4), ['']);
  const vi = await it.cli('list', '--lang', 'vi');
  assert.match(vi.stdout, /^aaaaaaaa +bị bỏ lại +1 +2 +1\.234 +\d+ +2 giờ 5 phút +0 +0$/m);
  assert.match(vi.stdout, /^bbbbbbbb +thongked đang chạy giữ +1 +1 +5 +\d+ +3 phút /m);
});

test('JSON, CSV and plain lines', async (t) => {
  const it = filled();
  const [of_dead, of_living] = bytes(it);
  await holdSpool(t, it.dir, living);
  const { spools, sum } = JSON.parse((await it.cli('--json')).stdout);
  const { oldest_age: age, ...row } = spools[0];
  assert.deepEqual(row, { writer: dead, state: 'left', segments: 1, batches: 2, hits: 1234, bytes: of_dead, damaged: 0, set_aside: 0 });
  assert.ok(age >= 7530 && age < 7590, `${age}`);
  assert.deepEqual([spools[1].state, spools[1].hits, sum.hits, sum.bytes], ['held', 5, 1239, of_dead + of_living]);
  assert.match(
    (await it.cli('--csv')).stdout,
    /^writer,state,segments,batches,hits,bytes,oldest_age,damaged,set_aside\r\na{32},left,1,2,1234,\d+,75\d\d,0,0\r\nb{32},held,.*\r\n\*,,2,3,1239,\d+,75\d\d,0,0\r\n$/,
  );
  const plain = (await it.cli('--plain')).stdout.trimEnd().split('\n').map((line) => line.split('\t'));
  assert.deepEqual(plain.map((fields) => fields.slice(0, 5)), [
    [dead, 'left', '1', '2', '1234'],
    [living, 'held', '1', '1', '5'],
    ['*', '', '2', '3', '1239'],
  ]);
});

test('what is damaged, and what was set aside', async () => {
  const it = filled();
  const file = `${it.dir}/${dead}/00000001.spool`;
  const content = fs.readFileSync(file);
  content[64 + 12] ^= 1; // in the first record, before a sound one
  fs.writeFileSync(file, content);
  fs.writeFileSync(`${it.dir}/${dead}/00000007.spool.bad`, 'x');
  const { spools, sum } = JSON.parse((await it.cli('--json')).stdout);
  const { writer, damaged, set_aside, batches, oldest_age } = spools[0];
  assert.deepEqual([writer, damaged, set_aside, batches, oldest_age], [dead, 1, 1, 0, null]);
  assert.deepEqual([sum.damaged, sum.set_aside, sum.batches], [1, 1, 1]);
  assert.match((await it.cli('--lang=en')).stdout, /^aaaaaaaa +left behind +1 +0 +0 +\d+ +… +1 +1$/m);
});

test('what Redis has refused for good', async () => {
  const it = configured();
  const path = setAside(it.dir, dead, { sequence: 3, hits: 30, acceptedMs: minutes(61) });
  fs.writeFileSync(setAside(it.dir, dead, { sequence: 4 }), 'no segment');
  const { spools, sum } = JSON.parse((await it.cli('--json')).stdout);
  const { oldest_age: age, ...row } = spools[0];
  assert.deepEqual(row, { writer: 'quarantine', state: 'refused', segments: 2, batches: 1, hits: 30, bytes: fs.statSync(path).size, damaged: 1, set_aside: 0 });
  assert.deepEqual([spools.length, sum.hits, age >= 3660], [1, 30, true]);
  assert.match((await it.cli('--lang=en')).stdout, /^quarantine +refused by Redis, set aside +2 +1 +30 +\d+ +1 h 1 min +1 +0$/m);
});

test('nothing there, no folder, no such option, and a folder that is none', async () => {
  const empty = configured(tempDir());
  assert.deepEqual(await empty.cli('--lang=en'), { code: 0, stdout: `${empty.dir}: nothing waits there\n`, stderr: '' });
  assert.deepEqual(JSON.parse((await empty.cli('--json')).stdout).spools, []);
  assert.match((await empty.cli('--lang=vi')).stdout, /không có gì đang chờ/);

  const missing = await configured('/nonexistent/spool').cli('--lang=en');
  assert.deepEqual([missing.code, missing.stdout], [1, '']);
  assert.match(missing.stderr, /^thongke: \/nonexistent\/spool is not there; thongked makes it .*thongke\.ini\n$/);

  const off = await configured('').cli('--lang=en');
  assert.deepEqual([off.code, off.stdout], [0, '']);
  assert.match(off.stderr, /^thongke: spool_dir is empty: /);

  const file = `${tempDir()}/file`;
  fs.writeFileSync(file, '');
  const none = await configured(file).cli();
  assert.deepEqual([none.code, none.stdout], [1, '']);
  assert.ok(none.stderr.includes(file), none.stderr);
});

test('a folder that may not be read', { skip: process.getuid() !== 0 && 'needs root, to be somebody else' }, async () => {
  const it = filled();
  const program = `${path.dirname(it.file)}/thongke`; // the tree may be closed to others
  fs.copyFileSync(thongke, program);
  for (const dir of [it.dir, path.dirname(it.dir), path.dirname(it.file)]) fs.chmodSync(dir, 0o755);
  fs.chmodSync(`${it.dir}/${dead}`, 0o700);
  const asNobody = () => run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', program, '-c', it.file, 'spool', '--lang=en']);
  const one = await asNobody();
  assert.equal(one.code, 1);
  assert.match(one.stderr, /^thongke: \S+\/a{32}: Permission denied; run this as root or as the user that thongked has\n$/);
  assert.match(one.stdout, /^bbbbbbbb /m);
  fs.chmodSync(it.dir, 0o700);
  const all = await asNobody();
  assert.deepEqual([all.code, all.stdout], [1, '']);
  assert.match(all.stderr, /^thongke: \S+\/spool: Permission denied; run this as root /);
});

test('thongke spool called wrongly', async () => {
  const it = configured();
  for (const args of [['nonsense'], ['list', 'nonsense']]) {
    const { code, stdout, stderr } = await it.cli('--lang=en', ...args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(stderr, 'thongke: spool has no «nonsense»; see thongke help spool\n');
  }
});
