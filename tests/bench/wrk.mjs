// The load: wrk with hits.lua.
import { randomBytes } from 'node:crypto';
import { cores, finished, here, pinned } from './setup.mjs';

/**
 * Load a server for so many seconds; the other options are those of hits.lua.  Answers { requests, seconds, refused,
 * errors, timeouts, p50, p99, p999 }, times in ms; refused are those answered with 400 or more.
 */
export async function wrk(url, { connections, seconds, ...options }) {
  const words = Object.entries({ run: randomBytes(4).toString('hex'), ...options }).map((pair) => pair.join('='));
  const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '10s', '-s', `${here}/hits.lua`, url, '--', ...words];
  return JSON.parse((await finished(pinned(cores.load, 'wrk', args))).trim().split('\n').at(-1));
}
