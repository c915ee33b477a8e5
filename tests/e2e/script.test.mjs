// GET /tk/thongke.js: the widget as it ships.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { start, test, top } from './harness.mjs';

test('the widget is served as it ships, with an ETag', async (t) => {
  const tk = await start(t);
  const { status, headers, bytes } = await tk.request('GET', '/thongke.js');
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^text\/javascript/);
  assert.deepEqual(bytes, fs.readFileSync(`${top}/widget/thongke.js`));
  const again = await tk.request('GET', '/thongke.js', { headers: { 'If-None-Match': headers.etag } });
  assert.deepEqual([again.status, again.bytes.length], [304, 0]);
  const other = await tk.request('GET', '/thongke.js', { headers: { 'If-None-Match': '"0000000000000000"' } });
  assert.equal(other.status, 200);
});

test('HEAD says how long it is', async (t) => {
  const tk = await start(t);
  const { status, headers, bytes } = await tk.request('HEAD', '/thongke.js');
  assert.deepEqual([status, bytes.length], [200, 0]);
  assert.equal(Number(headers['content-length']), fs.statSync(`${top}/widget/thongke.js`).size);
});

test('base_path moves everything', async (t) => {
  const tk = await start(t, { daemon: { base_path: '/thong-ke/v1' } });
  assert.match(tk.url, /\/thong-ke\/v1$/);
  assert.equal((await tk.request('GET', '/thongke.js')).status, 200);
  assert.equal((await tk.hit()).body.total, 1);
});
