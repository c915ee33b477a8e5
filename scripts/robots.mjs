// robots.mjs WHAT - from the npm package crawler-user-agents and daemon/count/robots.txt:
//
//   regex    one regular expression (PCRE2) that matches every robot, for count/robots.c
//   listed   the examples that the list has of each robot, a line each, for the tests
//   people   the browsers of the npm package user-agents, a line each, for the tests
//
// 1,500 alternatives side by side take 200 µs for one agent.  So those that begin alike are
// written with their beginning once, A(b|c) for Ab|Ac, and sorted by their first character:
// 3 µs.
import fs from 'node:fs';

const json = (file) => JSON.parse(fs.readFileSync(`node_modules/${file}`, 'utf8'));
const list = () => json('crawler-user-agents/crawler-user-agents.json');

const whats = {
  regex: () => regex(),
  listed: () => lines(list().flatMap((robot) => robot.instances)),
  people: () => lines(json('user-agents/dist/user-agents.json').map((person) => person.userAgent)),
};

const lines = (agents) => [...new Set(agents)].map((agent) => `${agent}\n`).join('');

function regex() {
  const { narrowed, robots, people } = sections('daemon/count/robots.txt');
  const narrower = new Map(narrowed.map((line) => line.split(' => ')));
  const patterns = list().map(({ pattern }) => take(narrower, pattern) ?? pattern);

  for (const pattern of narrower.keys()) throw new Error(`robots.txt narrows ${pattern}, which is not in the list (any more)`);
  return `${shared(patterns)}|(?i:${shared(robots)})|^(?!(?i:${people.join('|')}))`;
}

function take(map, key) {
  const value = map.get(key);
  map.delete(key);
  return value;
}

/** { name: [line] } of a file with [name] above each section. */
function sections(file) {
  const found = {};
  let section;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const name = /^\[(\w+)\]$/.exec(line)?.[1];
    if (name) section = found[name] = [];
    else if (line && !line.startsWith('# ') && line !== '#') section.push(line);
  }
  return found;
}

/** The patterns as one, equal beginnings shared. */
function shared(patterns) {
  const floating = tree();
  const anchored = tree();
  for (const branch of patterns.flatMap(branches)) {
    if (branch.startsWith('^')) grow(anchored, branch.slice(1));
    else grow(floating, branch);
  }
  return [anchored.empty ? '' : `^${written(anchored)}`, sorted(floating, 10)].filter(Boolean).join('|');
}

// A tree's node: what may follow, by character, and as regular expressions that
// are more than characters; ends where a pattern does.
const tree = () => ({ next: new Map(), rest: new Set(), ends: false, empty: true });

function grow(node, pattern) {
  const characters = /^(?:(?:\\[^A-Za-z0-9]|[^\\^$.|?*+()[\]{}])(?![?*+{]))*/.exec(pattern)[0];
  for (const [, escaped] of characters.matchAll(/(\\?.)/g)) {
    const character = escaped.at(-1);
    node.empty = false;
    if (!node.next.has(character)) node.next.set(character, tree());
    node = node.next.get(character);
  }
  node.empty = false;
  if (characters.length < pattern.length) node.rest.add(pattern.slice(characters.length));
  else node.ends = true;
}

/** The alternatives of a pattern: those between bars outside all brackets. */
function branches(pattern) {
  const found = [''];
  let depth = 0;
  for (const [token] of pattern.matchAll(/\\.|\[(?:\\.|[^\]])*\]|./g)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === '|' && depth === 0) found.push('');
    else found[found.length - 1] += token;
  }
  return found;
}

const escape = (character) => (/[\w ]/.test(character) ? character : `\\${character}`);
const group = (alternatives) => (alternatives.length === 1 ? alternatives[0] : `(${alternatives.join('|')})`);
const entries = (next) => [...next].map(([character, node]) => escape(character) + written(node));
const written = (node) => (node.ends ? '' : group([...entries(node.next), ...node.rest]));

/** As written(), but looks first in which of some groups of characters the first one is. */
function sorted(node, size) {
  const all = [...node.next].sort(([a], [b]) => (a < b ? -1 : 1));
  const groups = [];
  while (all.length > 0) {
    const some = new Map(all.splice(0, size));
    groups.push(`(?=[${[...some.keys()].map(escape).join('')}])${group(entries(some))}`);
  }
  return [...groups, ...node.rest].join('|');
}

process.stdout.write(whats[process.argv[2]]());
