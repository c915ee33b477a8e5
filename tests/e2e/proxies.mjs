// The web servers of widget/integrations, started with the files as they are
// shipped: only addresses, ports and certificates are put in.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { freePort, logFile, tempDir, top, waitUntil } from './harness.mjs';
import { child } from './process.mjs';

const sbin = (name) => [`/usr/sbin/${name}`, `/usr/local/sbin/${name}`].find((file) => fs.existsSync(file)) ?? name;
export const shipped = (file) => fs.readFileSync(`${top}/widget/integrations/${file}`, 'utf8');

let made;
/** A certificate for both names of the examples: { pem, key, both }, files. */
export function certificate() {
  if (made) return made;
  const dir = tempDir();
  made = { pem: `${dir}/tls.pem`, key: `${dir}/tls.key`, both: `${dir}/both.pem` };
  const subject = ['-subj', '/CN=portal.example.vn', '-addext', 'subjectAltName=DNS:portal.example.vn,DNS:thongke.example.vn'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...curve, '-keyout', made.key, '-out', made.pem, ...subject], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
  fs.writeFileSync(made.both, fs.readFileSync(made.pem, 'utf8') + fs.readFileSync(made.key, 'utf8'));
  return made;
}

/** The text with each [what, by what] exchanged; one that does not stand in it is an error. */
export function exchange(text, pairs) {
  for (const [from, to] of pairs) {
    const all = text.replaceAll(from, () => to);
    if (all === text) throw new Error(`«${from}» does not stand in it`);
    text = all;
  }
  return text;
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/**
 * Start a server; answers { url, port, dir, log }.
 * program   [command, …], of (file, dir)
 * config    its configuration, of (port, dir)
 */
async function serve(t, name, program, config) {
  for (let attempt = 1; ; attempt++) {
    const dir = tempDir();
    const port = await freePort();
    fs.writeFileSync(`${dir}/${name}.conf`, config(port, dir));
    const [command, ...args] = program(`${dir}/${name}.conf`, dir);
    const server = child(command, args, { log: logFile(t, name), cwd: dir });
    t.after(() => server.end());
    await waitUntil(async () => !server.alive || (await listens(port)), { what: `${name} to listen` });
    if (server.alive) return { url: `https://127.0.0.1:${port}`, port, dir, get log() { return server.text; } };
    if (attempt === 5 || !/in use|already/.test(server.text)) throw new Error(`${name} did not start:\n${server.text}`);
  }
}

/** host:port of a daemon's or a test server's URL. */
const hostOf = (url) => new URL(url).host;

/**
 * nginx with a file of widget/integrations; more: text for the end of its last server block.
 * The portal's pages, if any, lie in root.
 */
export function startNginx(t, file, backend, { more = '', root } = {}) {
  const { pem, key } = certificate();
  const config = (port, dir) => {
    let text = exchange(shipped(file), [
      ['127.0.0.1:8080', hostOf(backend)],
      ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
      ['listen [::]:443 ssl;', `listen [::1]:${port} ssl;`],
    ]).replace(/(ssl_certificate(_key)?) .*;/g, (_, name, isKey) => `${name} ${isKey ? key : pem};`);
    if (text.includes('listen 80;')) {
      text = exchange(text, [['listen 80;', `listen unix:${dir}/plain.sock;`], ['listen [::]:80;', '']]);
    }
    if (root) text = exchange(text, [['root /var/www/portal;', `root ${root};`]]);
    if (more) text = text.replace(/}\n$/, () => `${more}\n}\n`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((it) => `${it}_temp_path temp;`).join(' ');
    return `daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events { worker_connections 256; }
http { access_log off; types { text/html html; } default_type text/plain; charset utf-8; ${temporary}
${text}
}\n`;
  };
  return serve(t, 'nginx', (conf, dir) => [sbin('nginx'), '-p', dir, '-e', 'stderr', '-c', conf], config);
}

export function startApache(t, backend) {
  const { pem, key } = certificate();
  const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'headers', 'ssl', 'socache_shmcb', 'http2'];
  const config = (port, dir) => `ServerRoot ${dir}
DefaultRuntimeDir ${dir}
PidFile ${dir}/apache.pid
ErrorLog error.log
ServerName localhost
Listen 127.0.0.1:${port}
Listen [::1]:${port}
User www-data
Group www-data
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${exchange(shipped('proxy/apache.conf'), [
  ['127.0.0.1:8080', hostOf(backend)],
  ['*:443', `*:${port}`],
  ['/etc/ssl/portal.example.vn.pem', pem],
  ['/etc/ssl/portal.example.vn.key', key],
  ['/var/www/portal', dir],
])}`;
  return serve(t, 'apache', (conf) => [sbin('apache2'), '-X', '-f', conf], config);
}

export function startHaproxy(t, backend, portal = backend) {
  const config = (port) =>
    exchange(shipped('proxy/haproxy.cfg'), [
      ['127.0.0.1:8080', hostOf(backend)],
      ['127.0.0.1:8000', hostOf(portal)],
      ['abns@thongke', `abns@thongke-${port}`],
      ['bind :443 ssl', `bind 127.0.0.1:${port},[::1]:${port} ssl`],
      ['/etc/ssl/portal.example.vn.pem', certificate().both],
    ]);
  return serve(t, 'haproxy', (conf) => [sbin('haproxy'), '-db', '-f', conf], config);
}

/** One HTTPS request, the certificate being checked; options as of node:https, and body. */
export function ask(url, { body, name = 'portal.example.vn', headers = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const r = https.request(url, { ca: fs.readFileSync(certificate().pem), servername: name, headers: { Host: name, ...headers }, timeout: 20_000, ...options }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }));
    });
    r.on('timeout', () => r.destroy(new Error(`${url}: no answer`))).on('error', reject);
    if (body !== undefined) r.setHeader('Content-Length', Buffer.byteLength(body));
    r.end(body);
  });
}

/** A connection with HTTP/2; its ask() is as the one above, without most of its options. */
export function connect2(t, url, { name = 'portal.example.vn', localAddress } = {}) {
  const session = http2.connect(url, { ca: fs.readFileSync(certificate().pem), servername: name, localAddress });
  t.after(() => session.destroy());
  const askOn = (path, { method = 'GET', headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }; // as browsers do
      const stream = session.request({ ...headers, ...length, ':method': method, ':path': path, ':authority': name });
      let status;
      stream.on('response', (it) => (status = it[':status'])).on('error', reject).on('end', () => resolve({ status })).resume();
      stream.end(body);
    });
  session.on('error', () => {});
  return { ask: askOn };
}

/**
 * A backend that keeps connections open, and closes those whose request has
 * «close» in its path, having taken all of it.  requests: [{ line, headers: [[name, value]] }]
 */
export async function startBackend(t) {
  const requests = [];
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {}).setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      for (let end; (end = text.indexOf('\r\n\r\n')) >= 0; ) {
        const [line, ...lines] = text.slice(0, end).split('\r\n');
        const headers = lines.map((it) => [it.slice(0, it.indexOf(':')).toLowerCase(), it.slice(it.indexOf(':') + 1).trim()]);
        const size = Number(headers.find(([name]) => name === 'content-length')?.[1] ?? 0);
        if (text.length < end + 4 + size) return;
        text = text.slice(end + 4 + size);
        requests.push({ line, headers });
        if (line.includes('close')) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}
