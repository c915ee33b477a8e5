// Spools as a daemon leaves them, written by the layout in daemon/store/segment.h.
import fs from 'node:fs';
import { child, waitUntil } from './process.mjs';

const table = Array.from({ length: 256 }, (_, byte) => {
  for (let i = 0; i < 8; i++) byte = byte & 1 ? (byte >>> 1) ^ 0x82f63b78 : byte >>> 1;
  return byte >>> 0;
});

/** CRC-32C of all the buffers, one behind the other. */
function crc32c(...buffers) {
  let crc = 0xffffffff;
  for (const byte of Buffer.concat(buffers)) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function header(writer, number) {
  const bytes = Buffer.alloc(64);
  bytes.write('TKSPOOL\n');
  bytes.writeUInt32LE(3, 8);
  bytes.write(writer, 16);
  bytes.writeUInt32LE(number, 48);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 12), bytes.subarray(16)), 12);
  return bytes;
}

function record(writer, number, offset, { site = 'demo', sequence, hits = 1, acceptedMs = Date.now(), payload = '' }) {
  const bytes = Buffer.concat([Buffer.alloc(48), Buffer.from(site), Buffer.from(payload)]);
  bytes.write('TKr\n');
  bytes.writeUInt32LE(bytes.length, 8);
  bytes.writeUInt32LE(hits, 12);
  bytes.writeBigUInt64LE(BigInt(sequence), 16);
  bytes.writeBigInt64LE(BigInt(acceptedMs), 32);
  bytes.writeUInt32LE(Buffer.byteLength(site), 44);
  const where = Buffer.alloc(12);
  where.writeUInt32LE(number, 0);
  where.writeBigUInt64LE(BigInt(offset), 4);
  bytes.writeUInt32LE(crc32c(Buffer.from(writer), where, bytes.subarray(8)), 4);
  return bytes;
}

/** A writer's folder in dir with one segment of these records; returns the segment's path. */
export function leaveSpool(dir, writer, records) {
  let bytes = header(writer, 1);
  for (const one of records) bytes = Buffer.concat([bytes, record(writer, 1, bytes.length, one)]);
  fs.mkdirSync(`${dir}/${writer}`, { recursive: true });
  fs.writeFileSync(`${dir}/${writer}/lock`, '');
  fs.writeFileSync(`${dir}/${writer}/00000001.spool`, bytes);
  return `${dir}/${writer}/00000001.spool`;
}

/** A batch that Redis has refused for good, as the daemon sets it aside; returns the file's path. */
export function setAside(dir, writer, one) {
  const file = `${dir}/quarantine/${writer}.12345678.${one.sequence}`;
  fs.mkdirSync(`${dir}/quarantine`, { recursive: true });
  fs.writeFileSync(file, Buffer.concat([header(writer, 1), record(writer, 1, 64, one)]));
  return file;
}

/** Hold the folder as a living daemon does, until the test has ended. */
export async function holdSpool(t, dir, writer) {
  const holder = child('flock', ['--no-fork', `${dir}/${writer}/lock`, 'sh', '-c', 'echo held; exec tail -f /dev/null']);
  t.after(() => holder.end('SIGKILL'));
  await waitUntil(() => holder.text.includes('held'), { what: 'the lock' });
}
