// documented.mjs BUILD - what the programs in BUILD have, compared with README.md
// and daemon/DESIGN.md.  A table of the documents is right when its rows are
// exactly those that the programs give: what is missing is printed as the row
// to paste, what is too much with its line.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';

const build = process.argv[2];
const readme = 'README.md';
const design = 'daemon/DESIGN.md';
const read = (file) => fs.readFileSync(file, 'utf8');
const run = (program, ...args) => execFileSync(`${build}/${program}`, args, { encoding: 'utf8', env: {} });

let wrong = 0;
function tell(message) {
  console.log(message);
  wrong++;
}

/** The rows below the line that begins with header: [{ line, text, name }], name being what stands in its first `…`. */
function table(file, header) {
  const lines = read(file).split('\n');
  const at = lines.findIndex((line) => line.startsWith(header));
  if (at < 0) tell(`${file}: has no table «${header}»`);
  const rows = [];
  for (let i = at + 2; at >= 0 && lines[i]?.startsWith('|'); i++) {
    rows.push({ line: i + 1, text: lines[i], name: /^\| *`([^`]*)`/.exec(lines[i])?.[1] });
  }
  return rows;
}

/** Every row as the programs have it; rows: [text]. */
function compareRows(file, header, rows) {
  const written = table(file, header);
  for (const text of rows) if (!written.some((row) => row.text === text)) tell(`${file}: «${header}» lacks\n${text}`);
  for (const { line, text } of written) if (!rows.includes(text)) tell(`${file}:${line}: is not so (any more): ${text}`);
}

/** One row for every name, whatever else stands in it. */
function compareNames(file, header, names, normal) {
  const written = table(file, header).flatMap(({ line, text }) =>
    [...text.split('|')[1].matchAll(/`([^`]+)`/g)].map(([, name]) => ({ line, name: normal(name) })).filter(({ name }) => name),
  );
  for (const name of names) if (!written.some((row) => row.name === name)) tell(`${file}: «${header}» lacks ${name}`);
  for (const { line, name } of written) if (!names.includes(name)) tell(`${file}:${line}: there is no ${name}`);
}

function options() {
  const ini = `${build}/lint/site.ini`;
  fs.writeFileSync(ini, '[site x]\nhosts = x.example.vn\n');
  const rows = { daemon: [], site: [] };
  let section;
  let help;
  let fallback;
  for (const line of run('thongked', '-c', ini, '--print-config').split('\n')) {
    let m;
    if ((m = /^\[(\w+)/.exec(line))) section = rows[m[1]];
    else if ((m = /; (?:default: (.*)|must be given)$/.exec(line))) fallback = m[1] === undefined ? 'must be given' : m[1] && `\`${m[1]}\``;
    else if ((m = /^; (.*)/.exec(line))) help = m[1];
    else if ((m = /^(\w+) =/.exec(line))) section.push(`| \`${m[1]}\` | ${fallback} | ${help} |`);
  }
  compareRows(readme, '| `[daemon]` |', rows.daemon);
  compareRows(readme, '| `[site NAME]` |', rows.site);
}

const get = (url) =>
  new Promise((resolve, reject) => {
    http.get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
    }).on('error', reject);
  });

/** What a daemon without its Redis exposes: all families are there at once. */
async function metrics() {
  const nowhere = 'unix:/nonexistent/redis.sock';
  const args = ['listen=127.0.0.1:0', 'admin_listen=127.0.0.1:0', `redis=${nowhere}`, 'spool_dir='].flatMap((set) => ['--set', set]);
  const daemon = spawn(`${build}/thongked`, args, { stdio: ['ignore', 'ignore', 'pipe'], env: {} });
  const admin = await new Promise((resolve, reject) => {
    let log = '';
    daemon.stderr.on('data', (chunk) => {
      const m = /admin on (http:\/\/\S+)/.exec((log += chunk));
      if (m) resolve(m[1]);
    });
    daemon.on('exit', () => reject(new Error(`thongked ended: ${log}`)));
  });
  const text = await get(`${admin}/metrics`).finally(() => daemon.kill('SIGKILL'));
  const types = Object.fromEntries([...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].map(([, name, type]) => [name, type]));
  const rows = [...text.matchAll(/^# HELP (\S+) (.*)/gm)].map(([, name, help]) => `| \`${name}\` | ${types[name]} | ${help} |`);
  compareRows(design, '| metric |', rows);
}

function verbs() {
  const names = [...run('thongke', '--help').matchAll(/^ {2}([a-z]\w*) /gm)].map(([, name]) => name);
  const uses = read(readme).split('\n').map((text, i) => ({ line: i + 1, verb: /^ {4}thongke (?:-\S+ \S+ )?([a-z][\w-]*)/.exec(text)?.[1] }));
  if (names.length === 0) tell('thongke --help names no verb');
  for (const name of names) if (!uses.some(({ verb }) => verb === name)) tell(`${readme}: has no line «    thongke -c FILE ${name} …»`);
  for (const { line, verb } of uses) if (verb && !names.includes(verb)) tell(`${readme}:${line}: thongke has no verb ${verb}`);
}

/** tk:{myloc}:ids:1994963 -> tk:{}:ids:* */
const keyPattern = (key) => /^tk:/.test(key) && key.replace(/\{[^}]*\}/, '{}').replace(/:(?=[^:]*\d)[0-9a-f…]+$/, ':*');

function keys() {
  const header = 'daemon/store/keys.h';
  const names = [];
  for (const [declaration, comment] of read(header).matchAll(/^void key_\w+\(.*?\);(.*)$/gm)) {
    const key = /\/\* (tk:\S+) \*\//.exec(comment)?.[1];
    if (key) names.push(keyPattern(key));
    else tell(`${header}: no example of its key: ${declaration}`);
  }
  if (names.length === 0) tell(`${header}: declares no key`);
  compareNames(design, '| key, an example |', names, keyPattern);
}

function endpoints() {
  const names = [];
  let base = '';
  for (const line of read('daemon/api/routes.c').split('\n')) {
    let m;
    if ((m = / (\w+?)_(?:items|routes)\[\]/.exec(line))) base = m[1] === 'public' ? '/tk' : '';
    else if ((m = /"(\/[^"]*)"(?:.*"(.*)")?.*\bMETHOD_(\w+)/.exec(line))) {
      names.push(`${m[3]} ${base}${m[1]}${m[2] === undefined ? '' : `*${m[2]}`}`);
    }
  }
  if (names.length === 0) tell('daemon/api/routes.c: no route was recognized');
  const name = (request) => /^[A-Z]+ \/[^?\s]*/.exec(request)?.[0].replace(/(?<=\.)[A-Z]+(?=\.)/, '*');
  compareNames(readme, '| request |', names, name);
}

options();
await metrics();
verbs();
keys();
endpoints();
process.exitCode = wrong > 0 ? 1 : 0;
