// make bench, in small: that it measures, and proves what it measured.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { run, tempDir, test, top } from './harness.mjs';
import { mmdb } from './mmdb.mjs';

const bench = (...args) => run(process.execPath, [`${top}/tests/bench/bench.mjs`, ...args], { timeout: 60_000 });

function missing(program) {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' });
    return false;
  } catch (error) {
    return error.code === 'ENOENT' && `${program} is not installed: scripts/packages bench`;
  }
}

test('a round of make bench has figures, and counted is what was acknowledged', { skip: missing('wrk') }, async () => {
  const out = tempDir();
  fs.writeFileSync(`${out}/country.mmdb`, mmdb({ '14.161.0.0/16': 'VN' }));
  const small = ['--rounds', '1', '--seconds', '1', '--warm', '0', '--servers', 'thongked,nginx', '--connections', '16', '--modes', 'keep-alive'];
  const { code, stderr } = await bench(...small, '--geo', `${out}/country.mmdb`, '--out', out);
  assert.equal(stderr, '');
  assert.equal(code, 0);

  const [names, ...lines] = fs.readFileSync(`${out}/results.tsv`, 'utf8').trim().split('\n').map((line) => line.split('\t'));
  const rows = lines.map((line) => Object.fromEntries(line.map((value, i) => [names[i], value])));
  const counted = rows.filter(({ counts }) => counts === '1');
  assert.deepEqual(counted.map(({ server }) => server), ['thongked', 'nginx']);
  const [own, nginx] = counted;
  for (const row of [own, nginx]) {
    for (const name of ['acknowledged', 'rps', 'p50', 'p99', 'p999', 'server_us', 'server_mb', 'ratio']) {
      assert.ok(Number(row[name]) > 0, `${row.server}: ${name} is ${row[name]}`);
    }
    assert.equal(row.refused, '0');
  }
  const late = Number(own.counted) - Number(own.acknowledged);
  assert.ok(late >= 0 && late <= 16 + Number(own.errors), `${late} of ${own.counted} were counted without an answer`);
  assert.ok(Number(own.redis_us) > 0 && Number(own.batch) > 1);
  assert.equal(nginx.counted, '-');
  assert.match(fs.readFileSync(`${out}/results.md`, 'utf8'), /^\| \*\*thongked\*\* \| [\d.]+ \| [\d.]+ \| [\d.]+ \|/m);
  assert.match(fs.readFileSync(`${out}/bench.svg`, 'utf8'), /^<svg [^]*thongked[^]*<\/svg>\n$/);
});

test('make bench says what it does not understand', { skip: missing('wrk') }, async () => {
  const { code, stderr } = await bench('--servers', 'apache');
  assert.equal(code, 2);
  assert.match(stderr, /^--servers apache: not known\n\nnode tests\/bench\/bench\.mjs/);
});
