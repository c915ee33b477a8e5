// What a hit costs the daemon, in instructions: no more than recorded in tests/bench/replay.txt, and a twentieth.
import assert from 'node:assert/strict';
import { built, measureReplay, recorded } from '../bench/replay.mjs';
import { test } from './harness.mjs';

const before = recorded();
const elsewhere = !before.built.startsWith(`${process.arch},`) && `recorded on ${before.built}`;

test('a hit takes no more instructions than recorded', { skip: elsewhere }, async () => {
  const now = await measureReplay();
  const limit = Math.round(before.total * 1.05);
  const grown = now.functions
    .map(([name, n]) => [name, n - (before.functions.get(name) ?? 0)])
    .filter(([, more]) => more > 20)
    .map(([name, more]) => `${name} +${more}`);
  assert.ok(
    now.total <= limit,
    `${now.total} instructions a hit, ${before.total} recorded, ${limit} allowed: ${grown.join(', ')}.\n` +
      `Recorded on ${before.built}; this is ${built()}.\n` +
      'If it is worth that: node tests/bench/replay.mjs --record',
  );
});
