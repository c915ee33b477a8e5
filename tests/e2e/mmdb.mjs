// A small country database of MaxMind's format, for what is told of visitors by their addresses.
import { isIPv4 } from 'node:net';

const EMPTY = -1;

/** The 128 bits of an address, as an array of 16; those of IPv4 lie in ::/96. */
function bytesOf(address) {
  if (isIPv4(address)) return [...Array(12).fill(0), ...address.split('.').map(Number)];
  const [left, right] = address.split('::').map((half) => (half ? half.split(':') : []));
  const groups = right ? [...left, ...Array(8 - left.length - right.length).fill('0'), ...right] : left;
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}

const text = (s) => [(2 << 5) | s.length, ...Buffer.from(s)];
const map = (entries) => [(7 << 5) | entries.length, ...entries.flatMap(([key, value]) => [...text(key), ...value])];
const bytesOfNumber = (n) => (n > 0 ? [...bytesOfNumber(Math.floor(n / 256)), n % 256] : []);
const uint16 = (n) => [(5 << 5) | bytesOfNumber(n).length, ...bytesOfNumber(n)];
const uint32 = (n) => [(6 << 5) | bytesOfNumber(n).length, ...bytesOfNumber(n)];
const uint64 = (n) => [bytesOfNumber(n).length, 2, ...bytesOfNumber(n)];
const record = (n) => [n >> 16, (n >> 8) & 255, n & 255];

/** Nodes of two records each: a node's number, EMPTY, or { offset } of a country's value. */
function treeOf(networks, offsets) {
  const nodes = [[EMPTY, EMPTY]];
  for (const [cidr, country] of Object.entries(networks)) {
    const [address, length] = cidr.split('/');
    const bytes = bytesOf(address);
    const bits = Number(length) + (isIPv4(address) ? 96 : 0);
    let node = nodes[0];
    for (let i = 0; i < bits; i++) {
      const side = (bytes[i >> 3] >> (7 - (i & 7))) & 1;
      if (i === bits - 1) node[side] = { offset: offsets[country] };
      else if (typeof node[side] !== 'number' || node[side] === EMPTY) node[side] = nodes.push([node[side], node[side]]) - 1;
      node = nodes[node[side]];
    }
  }
  return nodes;
}

/** The bytes of a database; networks: { '203.0.113.0/24': 'VN', '2001:db8::/32': 'LA' }, later ones cut into earlier ones. */
export function mmdb(networks, { built = Date.now() } = {}) {
  const offsets = {};
  const data = [];
  for (const country of new Set(Object.values(networks))) {
    offsets[country] = data.length;
    data.push(...map([['country_code', text(country)]]));
  }
  const nodes = treeOf(networks, offsets);
  const number = (to) => (to === EMPTY ? nodes.length : (to.offset ?? to - nodes.length - 16) + nodes.length + 16);
  return Buffer.from([
    ...nodes.flatMap((node) => node.flatMap((to) => record(number(to)))),
    ...Array(16).fill(0),
    ...data,
    ...Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    ...map([
      ['binary_format_major_version', uint16(2)],
      ['binary_format_minor_version', uint16(0)],
      ['build_epoch', uint64(Math.floor(built / 1000))],
      ['database_type', text('Test-Country')],
      ['description', map([['en', text('For tests')]])],
      ['ip_version', uint16(6)],
      ['languages', [0, 4]],
      ['node_count', uint32(nodes.length)],
      ['record_size', uint16(24)],
    ]),
  ]);
}
