// widget/integrations as files: well-formed, whole, documented, and what their
// pages have to say.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run, tempDir, test, top } from './harness.mjs';

const root = `${top}/widget/integrations`;
const read = (file) => fs.readFileSync(`${root}/${file}`, 'utf8');

/** All files below root, by their paths there. */
function walk(dir = '') {
  return fs.readdirSync(path.join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name);
    return entry.isDirectory() ? walk(file) : [file];
  });
}
const files = walk();
const pages = files.filter((file) => file.endsWith('README.md'));

/** The page of a file: the README.md in its folder or the nearest one above. */
function pageOf(file) {
  for (let dir = path.dirname(file); ; dir = path.dirname(dir)) {
    if (pages.includes(path.join(dir, 'README.md'))) return path.join(dir, 'README.md');
  }
}

test('every PHP file passes php -l', async () => {
  const php = files.filter((file) => file.endsWith('.php'));
  assert.ok(php.length >= 12, String(php));
  const code = 'foreach (array_slice($argv, 1) as $f) { passthru(escapeshellarg(PHP_BINARY) . " -l " . escapeshellarg($f), $s); if ($s) exit($s); }';
  const { code: status, stdout } = await run('php', ['-r', code, ...php], { cwd: root });
  assert.equal(status, 0, stdout);
  assert.equal(stdout.match(/^No syntax errors/gm).length, php.length);
  const broken = await run('php', ['-l'], { input: '<?php function {' });
  assert.notEqual(broken.code, 0);
});

test('every XML and JSON file is well-formed', async () => {
  const xml = files.filter((file) => /\.(xml|config)$/.test(file) || file.endsWith('global.thongke.ini'));
  assert.equal(xml.length, 3);
  for (const file of xml) assert.equal((await run('xmllint', ['--noout', `${root}/${file}`])).stderr, '', file);
  const json = files.filter((file) => file.endsWith('.json'));
  assert.equal(json.length, 4);
  for (const file of json) JSON.parse(read(file));
});

test('IIS: one header, written over, and no request sent again', () => {
  const text = read('proxy/web.config');
  assert.match(text, /<set name="HTTP_X_FORWARDED_FOR" value="\{REMOTE_ADDR\}" \/>/);
  assert.match(text, /\/keepAlive:false \/includePortInXForwardedFor:false/);
});

test('Joomla: the manifest names all files, and all that it names are there', () => {
  const dir = 'joomla/mod_thongke';
  const manifest = read(`${dir}/mod_thongke.xml`);
  const named = [...manifest.matchAll(/<(folder|filename)[^>]*>([^<]+)</g)].map(([, kind, name]) => (kind === 'folder' ? `${name}/` : name));
  const languages = [...manifest.matchAll(/<language tag="([^"]+)">([^<]+)</g)].map(([, tag, name]) => {
    assert.ok(name.startsWith(`${tag}/`));
    return `language/${name}`;
  });
  const there = files.filter((file) => file.startsWith(`${dir}/`)).map((file) => path.relative(dir, file));
  for (const name of [...named, ...languages]) assert.ok(there.some((file) => file === name || file.startsWith(name)), name);
  for (const file of there) assert.ok(file === 'mod_thongke.xml' || [...named, ...languages].some((name) => file === name || (name.endsWith('/') && file.startsWith(name))), file);

  const texts = (tag) => Object.fromEntries([...read(`${dir}/language/${tag}/mod_thongke.ini`).matchAll(/^(\w+)="([^"]*)"$/gm)].map(([, key, text]) => [key, text]));
  const keys = new Set(manifest.match(/MOD_THONGKE\w*/g));
  for (const tag of ['vi-VN', 'en-GB']) {
    for (const key of keys) assert.ok(texts(tag)[key], `${tag}: ${key}`);
    for (const line of read(`${dir}/language/${tag}/mod_thongke.sys.ini`).trim().split('\n')) assert.ok(read(`${dir}/language/${tag}/mod_thongke.ini`).includes(line));
  }
  assert.deepEqual(Object.keys(texts('vi-VN')), Object.keys(texts('en-GB')));
});

test('NukeViet: the functions that the .ini names are in the .php, and its settings, too', () => {
  const ini = read('nukeviet/global.thongke.ini');
  const php = read('nukeviet/global.thongke.php');
  for (const [, name] of ini.matchAll(/<(?:data|submit)function>(\w+)</g)) assert.match(php, new RegExp(`function ${name}\\(`));
  for (const [, name] of /<config>([^]*)<\/config>/.exec(ini)[1].matchAll(/<(\w+)>/g)) assert.match(php, new RegExp(`'${name}'`));
});

test('WordPress: what block.json names is there', () => {
  const dir = 'wordpress/thongke/block';
  const block = JSON.parse(read(`${dir}/block.json`));
  assert.ok(files.includes(`${dir}/${block.editorScript.replace('file:./', '')}`));
  assert.match(read(`${dir}/editor.js`), new RegExp(`registerBlockType\\('${block.name}'`));
  assert.match(read('wordpress/thongke/thongke.php'), /\* Plugin Name: Thongke\n/);
});

test('Liferay: what fragment.json names is there', () => {
  const fragment = JSON.parse(read('liferay/thongke/box/fragment.json'));
  const fields = JSON.parse(read('liferay/thongke/box/configuration.json')).fieldSets[0].fields.map(({ name }) => name);
  for (const [key, name] of Object.entries(fragment)) if (key.endsWith('Path')) assert.ok(files.includes(`liferay/thongke/box/${name}`), name);
  for (const [, name] of read('liferay/thongke/box/index.html').matchAll(/\$\{configuration\.(\w+)\}/g)) assert.ok(fields.includes(name), name);
});

test('thongke-figures.php is one file, and whole in what is packed', async () => {
  const links = files.filter((file) => path.basename(file) === 'thongke-figures.php');
  assert.equal(links.length, 4);
  for (const link of links) assert.equal(fs.realpathSync(`${root}/${link}`), fs.realpathSync(`${root}/ssi/thongke-figures.php`));
  const packed = `${tempDir()}/thongke`;
  assert.equal((await run('cp', ['-rL', `${root}/wordpress/thongke`, packed])).code, 0);
  assert.equal(fs.lstatSync(`${packed}/thongke-figures.php`).isFile(), true);
  assert.equal(fs.readFileSync(`${packed}/thongke-figures.php`, 'utf8'), read('ssi/thongke-figures.php'));
});

test('every file is named in its page, and every page in the index', () => {
  for (const file of files) {
    if (file === 'README.md') continue;
    const page = file.endsWith('README.md') ? 'README.md' : pageOf(file);
    const name = file.endsWith('README.md') ? file : path.basename(file);
    assert.ok(read(page).includes(name), `${page} does not name ${file}`);
  }
  for (const page of pages) {
    for (const [, link] of read(page).matchAll(/\]\(([^)#:]+)\)/g)) {
      assert.ok(fs.existsSync(path.join(root, path.dirname(page), link)), `${page}: ${link}`);
    }
  }
  assert.match(fs.readFileSync(`${top}/README.md`, 'utf8'), /\]\(widget\/integrations\/README\.md\)/);
});

test('every page says in both languages where, who, how to check and to remove, and the CSP lines', () => {
  const says = ['Đặt ở đâu.', 'Ai được làm.', 'Kiểm tra.', 'Gỡ.', 'Where.', 'Who may.', 'Check.', 'Remove.'];
  for (const page of pages) {
    if (page === 'README.md') continue;
    const text = read(page);
    const [vietnamese, english] = text.split('\n## English\n');
    says.forEach((what, i) => assert.ok((i < 4 ? vietnamese : english).includes(`**${what}**`), `${page}: ${what}`));
    for (const source of ["'self'", 'https://thongke.example.vn']) {
      for (const directive of ['script-src', 'connect-src', 'img-src', 'frame-src', 'style-src']) assert.ok(text.includes(`${directive} ${source}`), `${page}: ${directive} ${source}`);
    }
  }
});
