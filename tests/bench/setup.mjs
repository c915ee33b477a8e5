// What all measurements share: where things are, which core is whose.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { child } from '../e2e/process.mjs';
import { mmdb } from '../e2e/mmdb.mjs';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const top = path.resolve(here, '../..');
export const thongked = process.env.THONGKED ?? `${top}/build/thongked`;
export const evalsha = `${top}/build/tests/evalsha`;
process.env.PATH += ':/usr/sbin:/sbin'; // where nginx is, not on everybody's path

/** The measured server has one core for itself; wrk and every Redis have the other, where there is one. */
export const cores = { server: 0, load: Math.min(1, os.cpus().length - 1) };

/** Start a program on that core. */
export const pinned = (core, command, args, options) => child('taskset', ['-c', String(core), command, ...args], options);

/** The output of a program that ends by itself, and well. */
export async function finished(it) {
  await it.ended;
  if (it.code !== 0) throw new Error(`it ended with ${it.code ?? it.endedBy}:\n${it.text}`);
  return it.text;
}

const folders = new Set();
process.on('exit', () => folders.forEach((dir) => fs.rmSync(dir, { recursive: true, force: true })));

/** A folder on a disk (/tmp may be memory), gone at the end. */
export function folder() {
  const dir = fs.mkdtempSync('/var/tmp/tk-bench-');
  folders.add(dir);
  return dir;
}

export function remove(dir) {
  fs.rmSync(dir, { recursive: true, force: true });
  folders.delete(dir);
}

/** A configuration of this folder, or any other, with its words between at-signs filled in, beside the data. */
export function fill(dir, file, words) {
  const text = fs.readFileSync(path.resolve(here, file), 'utf8').replace(/@([A-Z]+)@/g, (all, name) => words[name] ?? all);
  const filled = `${dir}/${path.basename(file)}`;
  fs.writeFileSync(filled, text);
  return filled;
}

/** A country database: the one named, the one of scripts/run, or the newest; { file, what }. */
export function countries(dir, named) {
  const own = `${top}/var/country.mmdb`;
  const fetched = `${top}/build/country.mmdb`;
  for (const file of [named, own, fetched]) if (file && fs.existsSync(file)) return { file, what: 'geo_db' };
  try {
    execFileSync(`${top}/scripts/geo-update`, [fetched], { timeout: 120_000, stdio: 'pipe' });
    return { file: fetched, what: 'geo_db' };
  } catch {
    const file = `${dir}/country.mmdb`;
    fs.writeFileSync(file, mmdb({ '14.161.0.0/16': 'VN', '27.72.0.0/16': 'VN', '8.8.0.0/16': 'US' }));
    return { file, what: 'a geo_db of three networks, as none could be fetched' };
  }
}
