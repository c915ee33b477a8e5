// GET /tk/thongke.js: the widget as it ships.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { start, test, top } from './harness.mjs';

test('the widget is served as it ships, with an ETag', async (t) => {
  const tk = await start(t);
  const { status, headers, bytes } = await tk.request('GET', '/thongke.js');
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^text\/javascript/);
  assert.deepEqual(bytes, shipped());
  const again = await tk.request('GET', '/thongke.js', { headers: { 'If-None-Match': headers.etag } });
  assert.deepEqual([again.status, again.bytes.length], [304, 0]);
  const other = await tk.request('GET', '/thongke.js', { headers: { 'If-None-Match': '"0000000000000000"' } });
  assert.equal(other.status, 200);
});

test('HEAD says how long it is', async (t) => {
  const tk = await start(t);
  const { status, headers, bytes } = await tk.request('HEAD', '/thongke.js');
  assert.deepEqual([status, bytes.length], [200, 0]);
  assert.equal(Number(headers['content-length']), shipped().length);
});

test('base_path moves everything', async (t) => {
  const tk = await start(t, { daemon: { base_path: '/thong-ke/v1' } });
  assert.match(tk.url, /\/thong-ke\/v1$/);
  assert.equal((await tk.request('GET', '/thongke.js')).status, 200);
  assert.equal((await tk.hit()).body.total, 1);
});

const shipped = () => fs.readFileSync(`${top}/build/assets/thongke.js`);

for (const [accept, encoding, decode] of [
  ['gzip, deflate, br', 'br', zlib.brotliDecompressSync],
  ['gzip, deflate', 'gzip', zlib.gunzipSync],
  ['gzip;q=0.9, br;q=0.1', 'gzip', zlib.gunzipSync],
  ['identity', undefined, (bytes) => bytes],
  ['br;q=0, gzip;q=0', undefined, (bytes) => bytes],
]) {
  test(`«Accept-Encoding: ${accept}» is given ${encoding ?? 'it as it is'}`, async (t) => {
    const tk = await start(t);
    const { headers, bytes } = await tk.request('GET', '/thongke.js', { headers: { 'Accept-Encoding': accept } });
    assert.deepEqual([headers['content-encoding'], headers.vary], [encoding, 'Accept-Encoding']);
    assert.deepEqual(decode(bytes), shipped());
    assert.ok(!encoding || bytes.length <= 2048);
  });
}

test('each encoding has a tag of its own', async (t) => {
  const tk = await start(t);
  const tags = new Set();
  for (const accept of ['br', 'gzip', 'identity']) {
    const headers = { 'Accept-Encoding': accept };
    const { etag } = (await tk.request('GET', '/thongke.js', { headers })).headers;
    tags.add(etag);
    const again = await tk.request('GET', '/thongke.js', { headers: { ...headers, 'If-None-Match': etag } });
    assert.deepEqual([again.status, again.headers['content-encoding'], again.bytes.length], [304, undefined, 0]);
  }
  assert.equal(tags.size, 3);
});

test('the address with its hash is kept for ever, one of another version is not', async (t) => {
  const tk = await start(t);
  const plain = await tk.request('GET', '/thongke.js');
  assert.equal(plain.headers['cache-control'], 'public, max-age=3600');
  const hash = plain.headers.etag.replaceAll('"', '');
  const pinned = await tk.request('GET', `/thongke.${hash}.js`);
  assert.deepEqual([pinned.status, pinned.headers['cache-control']], [200, 'public, max-age=31536000, immutable']);
  assert.deepEqual(pinned.bytes, shipped());
  const old = await tk.request('GET', '/thongke.0123456789abcdef.js');
  assert.deepEqual([old.status, old.headers['cache-control']], [200, 'public, max-age=3600']);
  assert.equal((await tk.request('GET', '/thongke.a/b.js')).status, 404);
});

test('its map leads to the source, its style is beside it', async (t) => {
  const tk = await start(t);
  const script = await tk.request('GET', '/thongke.js');
  const map = await tk.request('GET', `/${script.headers.sourcemap}`);
  assert.deepEqual([map.status, map.headers['content-type']], [200, 'application/json; charset=utf-8']);
  const { sourcesContent, mappings } = JSON.parse(map.bytes);
  assert.deepEqual(sourcesContent, [fs.readFileSync(`${top}/widget/thongke.js`, 'utf8')]);
  assert.ok(mappings.length > 1000);

  const style = await tk.request('GET', '/box.css');
  assert.deepEqual([style.status, style.headers['content-type']], [200, 'text/css; charset=utf-8']);
  assert.deepEqual(style.bytes, fs.readFileSync(`${top}/widget/box.css`));
  const again = await tk.request('GET', '/box.css', { headers: { 'If-None-Match': style.headers.etag } });
  assert.equal(again.status, 304);
});
