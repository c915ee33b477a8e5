// make install: what is put where, and that it works from there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run, tempDir, test, top } from './harness.mjs';

const version = fs.readFileSync(`${top}/VERSION`, 'utf8').trim();
const env = { MAKEFLAGS: '', SAN: '', WERROR: '1' }; // not those of the make that runs the tests

async function make(target, ...variables) {
  const result = await run('make', ['-C', top, target, ...variables], { env, timeout: 100_000 });
  assert.equal(result.code, 0, result.stderr);
}

const files = (dir) =>
  fs
    .readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? files(`${dir}/${entry.name}`) : `${dir}/${entry.name}`));

const has = (program) => process.env.PATH.split(':').some((dir) => fs.existsSync(path.join(dir, program)));

test('what is installed works, and is gone after uninstall', async () => {
  const root = tempDir();
  await make('install', `DESTDIR=${root}`);
  assert.deepEqual(files(root).map((file) => file.slice(root.length)).sort(), [
    '/etc/thongke/thongke.ini.sample',
    '/usr/local/bin/thongke',
    '/usr/local/bin/thongked',
    '/usr/local/lib/systemd/system/thongked.service',
    '/usr/local/lib/systemd/system/thongked.socket',
  ]);
  const thongked = `${root}/usr/local/bin/thongked`;
  assert.equal((await run(thongked, ['--version'])).stdout, `thongked ${version}\n`);
  assert.equal((await run(`${root}/usr/local/bin/thongke`, ['--version'])).stdout, `thongke ${version}\n`);

  const sample = `${root}/etc/thongke/thongke.ini.sample`;
  assert.match(fs.readFileSync(sample, 'utf8'), /^; thongke\.ini [^]*^\[daemon\]$[^]*^listen = [^]*^\[site \w+\]$[^]*^hosts = /m);
  const { code, stderr } = await run(thongked, ['-c', sample, '--check-config']);
  assert.deepEqual([code, stderr], [0, `${sample}: 1 sites, no error\n`]);

  fs.copyFileSync(sample, `${root}/etc/thongke/thongke.ini`);
  await make('uninstall', `DESTDIR=${root}`);
  assert.deepEqual(files(root), [`${root}/etc/thongke/thongke.ini`]);
});

test('systemd takes the units', { skip: !has('systemd-analyze') && 'no systemd-analyze here' }, async () => {
  const root = tempDir();
  await make('install', `PREFIX=${root}/usr`, `SYSCONFDIR=${root}/etc`);
  const unit = `${root}/usr/lib/systemd/system/thongked.service`;
  const units = [unit, unit.replace('service', 'socket')];
  for (const one of units) assert.doesNotMatch(fs.readFileSync(one, 'utf8'), /@[A-Z]+@/);
  const verified = await run('systemd-analyze', ['verify', '--man=no', ...units]);
  assert.deepEqual([verified.code, verified.stdout + verified.stderr], [0, '']);
  const secure = await run('systemd-analyze', ['security', '--offline=yes', '--threshold=20', unit]); // tenths of 10
  assert.equal(secure.code, 0, secure.stdout);
});
