// The file that Redis appends to, and what a power cut makes of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../e2e/harness.mjs';

const folder = (dir) => path.join(dir, 'appendonlydir');

/** The file that the Redis in dir appends to. */
export function appendFile(dir) {
  const number = (name) => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0); // while it is rewritten there are two
  const names = fs.readdirSync(folder(dir)).filter((name) => number(name) > 0);
  return path.join(folder(dir), names.sort((a, b) => number(a) - number(b)).at(-1));
}

export const appended = (dir) => fs.statSync(appendFile(dir)).size;

/**
 * Mend what a dead Redis left, as scripts/run does before each start: Redis 7.0 cuts a torn transaction off in its
 * middle, and the load after the next would run that half again.
 */
export async function mend(dir) {
  if (!fs.existsSync(folder(dir))) return;
  const manifest = path.join(folder(dir), 'appendonly.aof.manifest');
  const { code, stdout } = await run('redis-check-aof', ['--fix', manifest], { input: 'y\n' });
  assert.equal(code, 0, stdout);
}

/** A power cut: Redis gone, and with it the end of its file from byte `size` on. */
export async function cutTail(tk, size) {
  await tk.redis.kill();
  fs.truncateSync(appendFile(tk.dir), size);
  await mend(tk.dir);
  await tk.redis.start();
}

/** Watches the file grow: since() answers how large it was so many ms ago. */
export function growth(dir) {
  const seen = [{ at: performance.now(), size: appended(dir) }];
  const timer = setInterval(() => seen.push({ at: performance.now(), size: appended(dir) }), 20);
  return {
    end: () => clearInterval(timer),
    /** The file was cut: what was longer has never been. */
    cut: (size) => seen.forEach((one) => (one.size = Math.min(one.size, size))),
    ago(ms) {
      const then = performance.now() - ms;
      return (seen.findLast((one) => one.at <= then) ?? seen[0]).size;
    },
  };
}
