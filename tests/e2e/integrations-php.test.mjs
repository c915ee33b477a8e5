// widget/integrations: the PHP pieces in harnesses with their CMS's function
// names, asking a real daemon.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { freePort, run, start, tempDir, test, top } from './harness.mjs';

const integrations = `${top}/widget/integrations`;

async function php(script, world) {
  const { code, stdout, stderr } = await run('php', ['-d', 'display_errors=stderr', `${top}/tests/e2e/integrations/${script}`], { input: JSON.stringify(world) });
  assert.equal(code, 0, stdout + stderr);
  return JSON.parse(stdout);
}

/** A daemon with 1.234.567 hits in all, three of them counted by itself, two of these of /tin/bai-7. */
async function startPopular(t) {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'opening', 1234564);
  for (const page of ['/tin/bai-7', '/tin/bai-7', '/khac']) await tk.hit({ page });
  return tk;
}

/** Takes every connection and says nothing, or a byte now and then for ever. */
function startSilent(t, drip = '') {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => {
      const timer = drip && setInterval(() => socket.write(drip), 50);
      socket.on('error', () => {}).on('close', () => clearInterval(timer)).resume();
    });
    t.after(() => server.close());
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/tk`));
  });
}

/** The figures of every box in it, by their hooks: { online: '1', … } */
const figures = (html) => Object.fromEntries([...html.matchAll(/<b class="thongke-(\w+)"[^>]*>([^<]*)<\/b>/g)].map(([, name, text]) => [name, text]));
const known = { online: '1', today: '3', week: '3', total: '1.234.567' };
const unknown = { online: '…', today: '…', week: '…', total: '…' };

// ---- PHP without a CMS

const plain = (code) => run('php', ['-d', 'display_errors=stderr', '-r', `require '${integrations}/ssi/thongke-figures.php'; ${code}`]);

test('plain PHP prints the figures, over TCP and a unix socket', async (t) => {
  const tk = await startPopular(t);
  for (const server of [tk.url, `unix:${tk.socket}:/tk`]) {
    const { stdout, stderr } = await plain(`
      $counts = Thongke::counts('${server}', 'demo', '/tin/bai-7', '${tempDir()}');
      echo Thongke::box($counts), Thongke::views($counts), Thongke::script('/tk', 'demo');`);
    assert.equal(stderr, '');
    assert.deepEqual(figures(stdout), { ...known, views: '2' });
    assert.match(stdout, /<li title="Số khách trong 5 phút gần đây">Đang online: <b /);
    assert.match(stdout, /<ul class="thongke-list thongke-plain" lang="vi" aria-label="Thống kê truy cập">/);
    assert.match(stdout, /<script async src="\/tk\/thongke\.js" data-site="demo"><\/script>/);
  }
});

test('plain PHP: labels, looks, English, and everything escaped', async () => {
  const { stdout } = await plain(`
    $counts = ['site' => 'x', 'online' => 0, 'today' => 1234, 'yesterday' => 7, 'week' => null, 'total' => '<b>9</b>', 'page' => ['views' => 1000]];
    echo Thongke::box($counts, ['lang' => 'en', 'look' => '"><script>', 'labels' => ['online' => '<i>"', 'today' => '', 'yesterday' => 'Hôm qua']]);
    echo Thongke::views($counts, '/a"b<c>', ['lang' => 'en']), Thongke::script('/tk"', '"><x', ['count' => '0']);`);
  assert.deepEqual(figures(stdout), { online: '0', yesterday: '7', week: '…', total: '…', views: '1,000' });
  assert.match(stdout, />&lt;i&gt;&quot;: <b/);
  assert.match(stdout, /class="thongke-list thongke-plain" lang="en" aria-label="Visitor statistics"/);
  assert.match(stdout, /data-path="\/a&quot;b&lt;c&gt;"/);
  assert.match(stdout, /src="\/tk&quot;\/thongke\.js" data-site="&quot;&gt;&lt;x" data-count="0"/);
  assert.doesNotMatch(stdout, /<i>|<x|"><script>/);
});

test('plain PHP keeps figures for a minute, and asks for views each time', async (t) => {
  const tk = await startPopular(t);
  const folder = tempDir();
  const ask = async (page = '') => {
    const { stdout } = await plain(`$c = Thongke::counts('${tk.url}', 'demo', '${page}', '${folder}'); echo $c['total'], ' ', $c['page']['views'] ?? '-';`);
    return stdout;
  };
  assert.equal(await ask(), '1234567 -');
  await tk.hit({ page: '/tin/bai-7' });
  assert.equal(await ask(), '1234567 -');
  assert.equal(await ask('/tin/bai-7'), '1234568 3');
  const [file] = fs.readdirSync(folder);
  const old = Date.now() / 1000 - 61;
  fs.utimesSync(`${folder}/${file}`, old, old);
  assert.equal(await ask(), '1234568 -');
  assert.deepEqual(fs.readdirSync(folder), [file]);
});

test('plain PHP waits for no daemon longer than a second, and then not at all', async (t) => {
  const refused = `http://127.0.0.1:${await freePort()}/tk`;
  for (const server of [refused, await startSilent(t), await startSilent(t, 'HTTP/1.1 200 OK\r\nx: y\r\n')]) {
    const { stdout, stderr } = await plain(`
      $start = microtime(true);
      foreach (['/a', '/b', ''] as $page) $html = Thongke::box(Thongke::counts('${server}', 'demo', $page, '${tempDir()}'));
      echo json_encode(['seconds' => microtime(true) - $start, 'html' => $html]);`);
    assert.equal(stderr, '');
    const { seconds, html } = JSON.parse(stdout);
    assert.deepEqual(figures(html), unknown);
    assert.ok(seconds < 1, `${server}: ${seconds} s`);
  }
});

test('plain PHP takes no error and no other server for figures', async (t) => {
  const tk = await start(t);
  const { stdout } = await plain(`
    var_dump(Thongke::ask('${tk.url}', 'nobody'), Thongke::ask('${tk.admin}/none', 'demo'), Thongke::ask('${tk.url}', 'demo')['site']);`);
  assert.equal(stdout, 'NULL\nNULL\nstring(4) "demo"\n');
});

// ---- WordPress

const wordpress = (tk, steps, { option, ...world } = {}) =>
  php('wordpress.php', { option: { site: 'demo', base: '/tk', server: typeof tk === 'string' ? tk : tk.url, ...option }, steps, ...world });

test('WordPress: shortcode, block and widget print the figures of the daemon', async (t) => {
  const tk = await startPopular(t);
  const { results, log, shortcodes, hooks } = await wordpress(tk, [
    ['shortcode', ['thongke', {}]],
    ['block', [{ look: 'digits', lang: 'en' }]],
    ['widget', [{ title: 'Thống kê <truy cập>', look: 'portal' }]],
    ['call', ['print_scripts']],
  ]);
  assert.deepEqual(shortcodes, ['thongke', 'thongke_views']);
  assert.ok(hooks.includes('wp_enqueue_scripts') && hooks.includes('admin_menu') && hooks.includes('script_loader_tag'));
  assert.deepEqual(figures(results[0]), known);
  assert.match(results[1], /^<div class="wp-block-thongke-box"><div class="thongke-box" lang="en">[^]*thongke-digits[^]*Today: [^]*1,234,567/);
  assert.match(results[2], /^<section><h2>Thống kê &lt;truy cập&gt;<\/h2><div class="thongke-box"[^]*thongke-portal[^]*<\/section>$/);
  assert.match(results[3], /href='https:\/\/portal\.example\.vn\/tk\/box\.css'/);
  assert.equal(log.remote.length, 1, 'asked once for three boxes');
  assert.deepEqual([log.remote[0].timeout, log.remote[0].redirection], [1, 0]);
  assert.ok(log.transients.every(([, seconds]) => seconds <= 60));
});

test('WordPress: the script is async and knows its site, before and since 6.3', async (t) => {
  const tk = await startPopular(t);
  const steps = [['action', ['wp_enqueue_scripts']], ['call', ['print_scripts']]];
  for (const version of ['6.5', '6.3', '6.2.2', '5.8']) {
    const { results } = await wordpress(tk, steps, { version, option: { lang: 'en', look: 'portal' } });
    const [tag] = /<script.*<\/script>/.exec(results[1]);
    assert.equal(tag.match(/\sasync(?=[\s>])/g).length, 1, tag);
    assert.match(tag, /src='https:\/\/portal\.example\.vn\/tk\/thongke\.js'/, 'without a version');
    assert.match(tag, / data-site="demo" data-lang="en" data-look="portal" /);
  }
  for (const [locale, lang] of [['vi', undefined], ['en_GB', 'en']]) {
    const { results } = await wordpress(tk, [...steps, ['shortcode', ['thongke', {}]]], { option: { lang: 'page' }, state: { locale } });
    assert.equal(/data-lang="(\w+)"/.exec(results[1])?.[1], lang);
    assert.match(results[2], lang ? /Today: / : /Hôm nay: /);
  }
  const under = await wordpress(tk, steps, { home: 'https://portal.example.vn/blog' });
  assert.match(under.results[1], /src='https:\/\/portal\.example\.vn\/tk\/thongke\.js'/);
  const other = await wordpress(tk, steps, { option: { base: 'https://thongke.example.vn/tk' } });
  assert.match(other.results[1], /src='https:\/\/thongke\.example\.vn\/tk\/thongke\.js'/);
});

test('WordPress: who writes, or looks at a draft, is not counted; where to count is chosen', async (t) => {
  const tk = await startPopular(t);
  const tag = async (option, state = {}) => {
    const { results } = await wordpress(tk, [['action', ['wp_enqueue_scripts']], ['call', ['print_scripts']]], { option, state });
    return results[1];
  };
  assert.doesNotMatch(await tag({}), /data-count/);
  assert.match(await tag({}, { can: ['edit_posts'] }), /data-count="0"/);
  assert.match(await tag({}, { preview: true }), /data-count="0"/);
  assert.doesNotMatch(await tag({ staff: '1' }, { can: ['edit_posts'] }), /data-count/);
  assert.equal(await tag({ where: 'singular' }), '');
  assert.match(await tag({ where: 'singular' }, { singular: true }), /thongke\.js/);
  assert.equal(await tag({ where: 'box' }), '');
  assert.equal(await tag({}, { feed: true }), '');
  assert.equal(await tag({ site: '' }), '');
});

test('WordPress: views of this post, of others and of a path', async (t) => {
  const tk = await startPopular(t);
  const { results } = await wordpress(
    tk,
    [
      ['shortcode', ['thongke_views', { path: '/khac' }]],
      ['shortcode', ['thongke_views', { path: '/a"><i>' }]],
      ['shortcode', ['thongke_views', {}]],
      ['filter', ['the_content', '<p>Bài</p>']],
      ['state', [{ singular: false }]],
      ['shortcode', ['thongke_views', {}]],
      ['filter', ['the_content', '<p>Bài</p>']],
    ],
    { option: { views: 'after' }, state: { singular: true, post: 7, queried: 7 } },
  );
  assert.equal(results[0], '<b class="thongke-views" data-path="/khac">1</b>');
  assert.equal(results[1], '<b class="thongke-views" data-path="/a&quot;&gt;&lt;i&gt;">0</b>');
  assert.equal(results[2], '<b class="thongke-views">2</b>');
  assert.equal(results[3], '<p>Bài</p><p class="thongke-line">Lượt xem: <b class="thongke-views">2</b></p>');
  assert.equal(results[5], '<b class="thongke-views" data-path="/tin/bai-7/">2</b>');
  assert.equal(results[6], '<p>Bài</p>');
});

test('WordPress: attributes of a shortcode are labels, escaped', async (t) => {
  const tk = await startPopular(t);
  const { results } = await wordpress(tk, [['shortcode', ['thongke', { online: '<Đang> truy cập', today: '', yesterday: 'Hôm qua', look: '"x' }]]]);
  assert.deepEqual(figures(results[0]), { online: '1', yesterday: '0', week: '3', total: '1.234.567' });
  assert.match(results[0], />&lt;Đang&gt; truy cập: <b/);
  assert.match(results[0], /class="thongke-list thongke-plain"/);
});

test('WordPress: without the daemon «…», one wait of a second, and then none', async (t) => {
  const steps = [['shortcode', ['thongke', {}]], ['shortcode', ['thongke_views', { path: '/khac' }]], ['widget', [{}]]];
  for (const server of [`http://127.0.0.1:${await freePort()}/tk`, await startSilent(t)]) {
    const { results, seconds, log } = await wordpress(server, steps);
    assert.deepEqual(figures(results[0]), unknown);
    assert.equal(results[1], '<b class="thongke-views" data-path="/khac">…</b>');
    assert.deepEqual(figures(results[2]), unknown);
    assert.ok(seconds[0] < 1.3 && seconds[1] < 0.1 && seconds[2] < 0.1, String(seconds));
    assert.equal(log.remote.length, 1);
    assert.deepEqual(log.transients.map(([, kept]) => kept), [10]);
  }
});

test('WordPress: settings are for administrators, checked and escaped', async (t) => {
  const tk = await startPopular(t);
  const input = { site: ' myloc ', base: 'https://thongke.example.vn/tk/', server: 'http://127.0.0.1:8080/tk', look: 'digits', lang: 'en', where: 'box', views: 'before', staff: '1' };
  const bad = { site: 'a b', base: 'javascript:alert(1)', server: 'file:///etc/passwd', look: 'big', lang: 'fr', where: '', views: 'x', staff: '2' };
  const admin = { state: { can: ['manage_options'] } };
  const { results, log } = await wordpress(tk, [['action', ['admin_menu']], ['action', ['admin_init']], ['save', [input]], ['save', [bad]], ['call', ['thongke_page']]], admin);
  assert.deepEqual(log.page, ['manage_options', 'thongke']);
  assert.deepEqual(results[2], { ...input, site: 'myloc', base: 'https://thongke.example.vn/tk' });
  assert.equal(results[3].site, 'demo', 'what is wrong stays as it was');
  assert.equal(log.errors.length, 8);
  assert.match(results[4], /name='_wpnonce' value='nonce-of-thongke-options'/);
  assert.match(results[4], /name="thongke\[site\]" value="demo"/);
  assert.match(results[4], /Tất cả \/ thongked has answered. All time: 1\.234\.567/);

  const reader = await wordpress(tk, [['action', ['admin_init']], ['save', [input]], ['call', ['thongke_page']]]);
  assert.equal(reader.results[1].site, 'demo');
  assert.equal(reader.results[2], '');

  const evil = await wordpress(tk, [['action', ['admin_init']], ['call', ['thongke_page']]], { ...admin, option: { site: '"><script>' } });
  assert.doesNotMatch(evil.results[1], /"><script>/);
  const nobody = await wordpress(tk, [['shortcode', ['thongke', {}]]], { option: { site: '' } });
  assert.equal(nobody.results[0], '');
});

test('WordPress: the widget keeps what it may', async (t) => {
  const tk = await startPopular(t);
  const { results } = await wordpress(tk, [['widget update', [{ title: '<b>T</b>', look: 'x' }]], ['widget update', [{ title: 'T', look: 'digits' }]], ['widget form', [{ title: '"T', look: 'portal' }]]]);
  assert.deepEqual(results.slice(0, 2), [{ title: 'T', look: '' }, { title: 'T', look: 'digits' }]);
  assert.match(results[2], /value="&quot;T"[^]*<option value="portal" selected='selected'>/);
});

test('WordPress: uninstalled, nothing of it stays, on any site of a network', async () => {
  for (const [multisite, blogs] of [[false, []], [true, [1, 2]]]) {
    const { log } = await php('wordpress.php', { state: { multisite }, steps: [['uninstall', []]] });
    assert.deepEqual(log.blogs, blogs);
    assert.deepEqual(new Set(log.deleted), new Set(['thongke', 'widget_thongke']));
    assert.match(log.queries[0], /DELETE FROM wp_options WHERE option_name LIKE '\\_transient\\_thongke\\_%'/);
  }
});

// ---- Joomla

const joomla = (params, more) => php('joomla.php', { params: { site: 'demo', base: '/tk', ...params }, url: 'https://portal.example.vn/tin/bai-7?x=1', cache: tempDir(), ...more });

test('Joomla: the module prints figures, views and one script', async (t) => {
  const tk = await startPopular(t);
  const { html, namespace } = await joomla({ server: tk.url, views: 1, look: 'portal' }, { times: 2 });
  assert.deepEqual(figures(html), { ...known, views: '2' });
  assert.match(html, /<p class="thongke-line">Lượt xem: <b class="thongke-views">2<\/b><\/p>/);
  assert.match(html, /thongke-list thongke-portal/);
  assert.equal(html.match(/<script/g).length, 1);
  assert.match(html, /<script async src="\/tk\/thongke\.js" data-site="demo"><\/script>/);
  const manifest = fs.readFileSync(`${integrations}/joomla/mod_thongke/mod_thongke.xml`, 'utf8');
  assert.equal(namespace, `\\${/<namespace path="src">(.*)<\/namespace>/.exec(manifest)[1]}`);
});

test('Joomla: the page\'s language, its editors, its own origin, no site', async (t) => {
  const tk = await startPopular(t);
  const english = await joomla({ server: tk.url }, { language: 'en-GB', may: ['core.edit'] });
  assert.match(english.html, /Online now: <b class="thongke-online">1<\/b>[^]*data-lang="en" data-count="0"/);
  const { port } = new URL(tk.url);
  assert.deepEqual(figures((await joomla({}, { url: `http://127.0.0.1:${port}/` })).html), known);
  assert.equal((await joomla({ site: '' })).html, '');
  assert.doesNotMatch((await joomla({ server: tk.url, base: '"><i>' })).html, /"><i>/);
});

test('Joomla: without the daemon «…» and no waiting', async (t) => {
  const { html, seconds } = await joomla({ server: await startSilent(t), views: 1 }, { times: 3 });
  assert.deepEqual(figures(html), { ...unknown, views: '…' });
  assert.ok(seconds < 1, `${seconds} s`);
});

// ---- NukeViet

function nukeviet(config, more) {
  const root = tempDir();
  fs.mkdirSync(`${root}/themes/default/blocks`, { recursive: true });
  fs.mkdirSync(`${root}/data/cache`, { recursive: true });
  for (const file of ['global.thongke.php', 'global.thongke.tpl', 'thongke-figures.php']) {
    fs.copyFileSync(`${integrations}/nukeviet/${file}`, `${root}/themes/default/blocks/${file}`);
  }
  return php('nukeviet.php', { root, uri: '/tin/bai-7', config: { site: 'demo', base: '/tk', server: '', look: 'plain', views: 0, ...config }, ...more });
}

test('NukeViet: the block prints figures, views and one script', async (t) => {
  const tk = await startPopular(t);
  const { html } = await nukeviet({ server: tk.url, views: 1, look: 'digits' }, { times: 2 });
  assert.deepEqual(figures(html), { ...known, views: '2' });
  assert.match(html, /thongke-digits/);
  assert.equal(html.match(/<script async src="\/tk\/thongke\.js" data-site="demo"><\/script>/g).length, 1);
  assert.equal(html.match(/<link rel="stylesheet" href="\/tk\/box\.css">/g).length, 2);
  assert.doesNotMatch(html, /[{}]|BEGIN|END/);
  assert.match((await nukeviet({ server: tk.url }, { lang: 'en', admin: true })).html, /Today: [^]*data-lang="en" data-count="0"/);
  assert.equal((await nukeviet({ site: '' })).html, '');
});

test('NukeViet: its form is escaped, what is sent is checked', async () => {
  const post = { config_site: 'myloc', config_base: '/tk/', config_server: 'http://127.0.0.1:8080/tk', config_look: 'portal', config_views: '1' };
  const well = await nukeviet({ site: '"><i>', look: 'portal' }, { post });
  assert.match(well.form, /name="config_site" value="&quot;&gt;&lt;i&gt;"/);
  assert.match(well.form, /<option value="portal" selected>/);
  assert.deepEqual(well.submitted, { error: [], config: { views: 1, site: 'myloc', base: '/tk', server: 'http://127.0.0.1:8080/tk', look: 'portal' } });
  const wrong = await nukeviet({}, { post: { ...post, config_site: 'a b', config_base: 'javascript:x' } });
  assert.equal(wrong.submitted.error.length, 2);
});

test('NukeViet: without the daemon «…» and no waiting', async (t) => {
  const { html, seconds } = await nukeviet({ server: await startSilent(t), views: 1 }, { times: 3 });
  assert.deepEqual(figures(html), { ...unknown, views: '…' });
  assert.ok(seconds < 1, `${seconds} s`);
});
