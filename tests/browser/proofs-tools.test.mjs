// What other programs make of what is shipped: old engines, text browsers,
// block lists, nginx in front.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import zlib from 'node:zlib';
import { FiltersEngine, Request } from '@ghostery/adblocker';
import { freePort, request, run, tempDir, test, top } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { startCounting } from './engines.mjs';

const shipped = `${top}/build/assets/thongke.js`;
const lacks = (...files) => {
  const file = files.find((one) => !fs.existsSync(one));
  return { skip: file && `${file} is not on this machine` };
};

// ---- proof 2

const readers = {
  'es-check': { program: process.execPath, args: (file) => [`${top}/node_modules/.bin/es-check`, 'es5', file] },
  duktape: { program: '/usr/bin/duk', args: (file) => ['-c', `${file}.bin`, file] },
};
for (const [name, { program, args }] of Object.entries(readers)) {
  test(`proof 2: ${name} takes the script for ES5, and nothing newer`, lacks(program), async () => {
    const file = `${tempDir()}/thongke.js`;
    const taken = async (text) => {
      fs.writeFileSync(file, text);
      return (await run(program, args(file))).code === 0;
    };
    const code = fs.readFileSync(shipped, 'utf8');
    assert.equal(await taken(code), true);
    for (const newer of ['[1].map(x=>x)', 'var a=`b`', 'class A{}']) assert.equal(await taken(`${code};${newer}`), false, newer);
  });
}

// ---- proof 13

const script = '<script async src="/tk/thongke.js" data-site="demo"></script>';
const page = (body) => `<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><title>.</title>${body}`;
const rows = ['Đang online: 1', 'Hôm nay: 1', 'Trong tuần: 1', 'Tất cả: 1'];
const textBrowsers = {
  lynx: { args: ['-dump', '-nolist', '-display_charset=utf-8', '-assume_charset=utf-8'], item: '     * ', line: '   ' },
  w3m: { args: ['-dump', '-I', 'utf-8', '-O', 'utf-8', '-T', 'text/html'], item: '  • ', line: '' },
};

for (const [name, { args, item, line }] of Object.entries(textBrowsers)) {
  const golden = rows.map((row) => `${item}${row}\n`).join('');
  const dump = async (url) => {
    const { code, stdout, stderr } = await run(name, [...args, url], { env: { LC_ALL: 'C.UTF-8', HOME: tempDir() } });
    assert.equal(code, 0, stderr);
    return stdout.trimEnd() + '\n';
  };

  test(`proof 13: ${name} reads the box for frames, and is counted once`, lacks(`/usr/bin/${name}`), async (t) => {
    const tk = await startCounting(t);
    const url = `${tk.url}/box.html?site=demo`;
    assert.equal(await dump(`${url}&page=/tin/1`), `${golden}\n${line}Lượt xem: 1\n`);
    assert.equal(await dump(`${url}&count=0`), golden);
    assert.equal((await tk.counts()).body.total, 1);
  });

  test(`proof 13: ${name} reads the figures that stand in the page`, lacks(`/usr/bin/${name}`), async (t) => {
    const tk = await startCounting(t);
    const places = rows.map((row, n) => `<li>${row.replace('1', `<b data-thongke="${['online', 'today', 'week', 'total'][n]}">1</b>`)}</li>`);
    const list = `<div class="thongke-box"><ul class="thongke-list thongke-plain" aria-label="Thống kê truy cập">${places.join(' ')}</ul></div>`;
    const portal = await startPortal(t, tk, { pages: { 'index.html': page(list + script) } });
    assert.equal(await dump(portal), golden);
  });
}

// ---- proof 15

const listed = '/usr/share/chromium/extensions/ublock-origin/assets';
const lists = ['thirdparties/easylist/easylist.txt', 'thirdparties/easylist/easyprivacy.txt', 'ublock/filters.min.txt', 'ublock/privacy.min.txt',
  'ublock/badware.min.txt', 'ublock/quick-fixes.min.txt', 'ublock/unbreak.min.txt'].map((name) => `${listed}/${name}`);
const paths = ['thongke.js', 'thongke.js?site=myloc', 'thongke.0123456789abcdef.js', 'thongke.js.map', 'hit', 'counts?site=myloc&page=/tin/1',
  'box.html?site=myloc&page=/tin/1', 'box.css', 'box.svg?site=myloc&page=/tin/1', 'views.svg?site=myloc&page=/tin/1', 'hit.gif?site=myloc&page=/tin/1'];
const kinds = ['script', 'xmlhttprequest', 'image', 'sub_frame', 'stylesheet'];
const portalPage = 'https://myloc.namdinh.gov.vn/tin-tuc/ocop-2023';
const daemons = {
  'the portal’s origin': 'https://myloc.namdinh.gov.vn/tk/',
  'another host of the province': 'https://thongke.namdinh.gov.vn/tk/',
  'another site': 'https://thongke.example.vn/tk/',
};

test('proof 15: block lists let every path that is shipped pass, on any host', lacks(...lists), async (t) => {
  const engine = FiltersEngine.parse(lists.map((file) => fs.readFileSync(file, 'utf8')).join('\n'));
  const blocked = (url, type) => engine.match(Request.fromRawDetails({ url, type, sourceUrl: portalPage })).match;
  for (const [name, base] of Object.entries(daemons)) {
    await t.test(name, () => {
      for (const path of paths) for (const kind of kinds) assert.equal(blocked(base + path, kind), false, `${path} as ${kind}`);
      // EasyPrivacy has «/pixel.gif?»: what is shipped says hit.gif, which is the same.
      assert.equal(blocked(`${base}pixel.gif?site=myloc&page=/tin/1`, 'image'), true, 'the pixel by its other name');
      assert.equal(blocked(`${base}beacon.js`, 'script'), true, 'what a list does block');
    });
  }
  // «$ping,3p»: why the script sends nothing by beacon but what would be lost else.
  assert.equal(blocked(`${daemons['another site']}hit`, 'ping'), true);
  assert.equal(blocked(`${daemons['the portal’s origin']}hit`, 'ping'), false);
});

// ---- proof 18

const hasV6 = await new Promise((resolve) => {
  const probe = net.createServer().on('error', () => resolve(false));
  probe.listen(0, '::1', () => probe.close(() => resolve(true)));
});
const told = (reply) => reply.headers['thongke-counted'];

for (const [name, { host, from, listen, skip }] of Object.entries({
  IPv4: { host: '127.0.0.1', from: '127.0.0.9' },
  IPv6: { host: '[::1]', from: '::1', listen: true, skip: !hasV6 && 'no IPv6 on this machine' },
})) {
  test(`proof 18: behind nginx the client is who it is: ${name}`, { skip }, async (t) => {
    // The loopback is no proxy here: then the peer of nginx is the client.
    const tk = await startCounting(t, { daemon: { debug_networks: '0.0.0.0/0 ::/0', trusted_proxies: '192.0.2.1/32' } });
    const port = listen && (await freePort());
    const portal = await startPortal(t, tk, { extra: listen ? `listen [::1]:${port};` : '' });
    const hit = (headers) =>
      request('POST', listen ? `http://${host}:${port}/tk/hit` : `${portal}tk/hit`, {
        headers: { 'Content-Type': 'text/plain', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', Origin: portal.slice(0, -1), ...headers },
        body: 'site=demo&page=/',
        localAddress: from,
      });
    assert.equal(told(await hit()), `yes; client=${from}`);
    assert.equal(told(await hit({ 'X-Forwarded-For': '8.8.8.8' })), `yes; client=${from}`, 'what the client says of itself is not believed');
  });
}

test('proof 18: behind nginx the script comes compressed, and not a second time', async (t) => {
  const tk = await startCounting(t);
  const portal = await startPortal(t, tk);
  const script = (headers) => request('GET', `${portal}tk/thongke.js`, { headers: { 'Accept-Encoding': 'gzip', ...headers } });
  const { status, headers, bytes } = await script();
  assert.deepEqual([status, headers['content-encoding'], headers.vary], [200, 'gzip', 'Accept-Encoding']);
  assert.deepEqual(zlib.gunzipSync(bytes), fs.readFileSync(shipped));
  const again = await script({ 'If-None-Match': headers.etag });
  assert.deepEqual([again.status, again.bytes.length, again.headers.etag], [304, 0, headers.etag]);
  assert.equal((await script({ 'If-None-Match': '"another"' })).status, 200);
});

// ---- proof 19

const wk = ['/usr/bin/wkhtmltoimage', '/usr/bin/wkhtmltopdf', '/usr/bin/pdftotext'];

test('proof 19: an engine of 2016 shows the four figures', lacks(...wk), async (t) => {
  const tk = await startCounting(t);
  await tk.hit();
  const ready = `<script>setInterval(function () {
    if (document.querySelector('.thongke-box li') && document.styleSheets.length) window.status = 'shown';
  }, 20)</script>`;
  const printed = `<div class="thongke-box"><link rel="stylesheet" href="/tk/box.css"><ul class="thongke-list thongke-plain" lang="vi">
    ${rows.map((row) => `<li>${row.replace(/\d/, '<b>$&</b>')}</li>`).join('')}</ul></div>`;
  const portal = await startPortal(t, tk, {
    pages: { 'index.html': page(`${script.replace('async', '$& data-count="0"')}<div class="thongke-box">…</div>${ready}`), 'printed.html': page(printed + ready) },
  });
  const render = async (program, path, type) => {
    const file = `${tk.dir}/shown.${type}`;
    const { code, stderr } = await run(program, ['--quiet', '--window-status', 'shown', portal + path, file], {
      env: { QT_QPA_PLATFORM: 'offscreen', HOME: tk.dir, XDG_RUNTIME_DIR: tk.dir },
    });
    assert.equal(code, 0, stderr);
    return file;
  };
  const { stdout } = await run('pdftotext', [await render('wkhtmltopdf', '', 'pdf'), '-']);
  assert.deepEqual(stdout.match(/^.*: .*$/gm).map((line) => line.replace(/^• */, '')), rows);

  // And the picture is that of a page in which the same list is printed.
  const picture = async (path) => fs.readFileSync(await render('wkhtmltoimage', path, 'png'));
  assert.ok((await picture('')).equals(await picture('printed.html')));
});
