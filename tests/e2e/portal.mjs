// A portal for a browser test: nginx with the pages at / and the daemon at /tk/.
import fs from 'node:fs';
import net from 'node:net';
import { logFile, top } from './harness.mjs';
import { child, waitUntil } from './process.mjs';

const nginx = ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find((file) => fs.existsSync(file)) ?? 'nginx';

/**
 * Answers the portal's URL, http://127.0.0.1:PORT/.
 * options.pages  a folder, or { 'index.html': '<!DOCTYPE …' }; default: the demo page
 * options.extra  more lines for nginx's server block
 */
export async function startPortal(t, tk, { pages = `${top}/widget/demo`, extra = '' } = {}) {
  const dir = fs.mkdtempSync(`${tk.dir}/portal-`);
  if (typeof pages === 'object') pages = written(`${dir}/pages`, pages);
  const template = fs.readFileSync(`${top}/scripts/run.d/portal.conf`, 'utf8');

  // A port that was free a moment ago can be taken meanwhile: then another one.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const words = { SOCKET: tk.socket, PORT: port, PAGES: pages, EXTRA: extra };
    fs.writeFileSync(`${dir}/portal.conf`, template.replace(/@([A-Z]+)@/g, (_, name) => words[name]));
    const server = child(nginx, ['-p', dir, '-e', 'stderr', '-c', 'portal.conf'], { log: logFile(t, 'nginx'), cwd: dir });
    tk.onEnd(() => server.end());
    const listening = () => fs.existsSync(`${dir}/nginx.pid`);
    await waitUntil(() => !server.alive || listening(), { what: 'nginx to listen' });
    if (server.alive) return `http://127.0.0.1:${port}/`;
    if (attempt === 5 || !/in use/.test(server.text)) throw new Error(`nginx did not start:\n${server.text}`);
  }
}

function written(folder, files) {
  fs.mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${folder}/${name}`, text);
  return folder;
}

/** A port of 127.0.0.1 that nobody had a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
