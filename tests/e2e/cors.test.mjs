// What lets a page of another origin use the daemon.
import assert from 'node:assert/strict';
import { start, test } from './harness.mjs';

test('a preflight is answered 204', async (t) => {
  const tk = await start(t);
  for (const target of ['/hit', '/counts']) {
    const { status, headers, text } = await tk.request('OPTIONS', target, {
      headers: { Origin: 'http://demo.test', 'Access-Control-Request-Method': 'POST' },
    });
    assert.deepEqual([status, text, headers['access-control-allow-origin']], [204, '', '*']);
    assert.match(headers['access-control-allow-methods'], /POST/);
    assert.ok(Number(headers['access-control-max-age']) > 0);
  }
  assert.deepEqual(await tk.redis.cmd('KEYS', 'tk:{*'), []);
});

test('every public answer can be read by any page, refusals too', async (t) => {
  const tk = await start(t);
  const answers = [
    await tk.hit(),
    await tk.counts(),
    await tk.hit({ site: 'unknown' }),
    await tk.hit({ id: 'xyz' }),
    await tk.request('GET', '/hit'),
    await tk.request('GET', '/nothing'),
  ];
  assert.deepEqual(answers.map((a) => a.status), [200, 200, 404, 400, 405, 404]);
  for (const { headers } of answers) assert.equal(headers['access-control-allow-origin'], '*');
});
