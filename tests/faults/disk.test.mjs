// The spool's disk is full or bad: 503 and never a false 200, and all is well without a restart once it is better.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { describe } from 'node:test';
import { tempDir, top, waitUntil } from '../e2e/harness.mjs';
import { aWhile, random } from './crowd.mjs';
import { cannotMount, smallDisk } from './mount.mjs';
import { fault, isLong } from './rounds.mjs';

const sizes = { short: 2, long: 10, perLife: 5, lanes: 2, daemon: { redis_dead: 500, commit_timeout: 200 } };

/**
 * Redis is away, so hits go to the spool; then its disk is broken (or before that), and repaired.  Every other time the daemon is killed
 * before Redis is back: what is counted then is what really lay on the disk.
 */
async function badDisk(life, broken, repaired, { before = false } = {}) {
  const people = life.crowd({ connections: 16, pace: 2, retry: random(2) === 0 });
  await people.acknowledgements(20 + random(50));
  if (before) broken();
  await life.killRedis();
  if (!before) {
    await people.acknowledgements(random(100));
    broken();
  }
  life.back(); // how long hits wait for a bad disk is not what is measured
  await people.refusals(40);
  assert.equal((await life.tk.metrics()).thongke_spool_failing, 1);
  await aWhile(20);
  repaired();
  await people.acknowledgements(100);
  assert.equal((await life.tk.metrics()).thongke_spool_failing, 0);
  if (life.rounds % 2) {
    await life.tk.kill();
    await life.startRedis();
    await life.tk.start();
  } else {
    await life.startRedis();
  }
  await people.acknowledgements(50);
  await people.finish();
}

describe("the spool's disk", { concurrency: !isLong }, () => {
  const onSmallDisk = {
    prepare(life) {
      const disk = (life.kept.disk = smallDisk(2 << 20));
      life.after(disk.end);
      return { daemon: { ...sizes.daemon, spool_dir: `${disk.dir}/spool` } };
    },
  };
  fault("the spool's disk full", { ...sizes, skip: cannotMount, ...onSmallDisk }, ({ kept: { disk }, ...life }) =>
    badDisk(life, disk.fill, disk.empty),
  );

  for (const [call, mode] of [
    ['EIO from write', 'w'],
    ['EIO from fdatasync', 's'],
    ['short writes', 'h'],
  ]) {
    fault(`the spool's disk: ${call}`, { ...sizes, prepare: withShim(sizes.daemon) }, (life) =>
      badDisk(life, () => life.kept.set(mode), () => life.kept.set('-')),
    );
  }

  // A segment is made when the spool is first needed, or needed again after all in it was let go.
  const seldom = { ...sizes.daemon, retention: 0, redis_timeout: 1_000 };
  fault("the spool's disk: EIO from open", { ...sizes, prepare: withShim(seldom) }, async (life) => {
    await waitUntil(async () => (await life.tk.metrics()).thongke_spool_bytes === 0, { what: 'the spool to be empty' });
    await badDisk(life, () => life.kept.set('o'), () => life.kept.set('-'), { before: true });
  });
});

/** A daemon with these options whose disk life.kept.set() spoils: see shim.c. */
function withShim(daemon) {
  return (life) => {
    const dir = tempDir();
    const options = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE'];
    execFileSync(process.env.CC ?? 'cc', [...options, '-o', `${dir}/shim.so`, `${top}/tests/faults/shim.c`]);
    fs.writeFileSync(`${dir}/switch`, '-');
    life.kept.set = (mode) => fs.writeFileSync(`${dir}/switch`, mode, { flag: 'r+' });
    return {
      daemon: { ...daemon, spool_dir: `${dir}/spool` },
      env: {
        LD_PRELOAD: `${dir}/shim.so`,
        SHIM_FOLDER: `${dir}/spool`,
        SHIM_SWITCH: `${dir}/switch`,
        ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1:verify_asan_link_order=0',
      },
    };
  };
}
