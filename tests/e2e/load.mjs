// Many hits over many keep-alive connections, one at a time on each, as fast
// as they are answered.
import net from 'node:net';
import { browserAgent, token } from './harness.mjs';

/**
 * Send `hits` hits over `connections` connections to the daemon of tk, hit i to sites[i % sites.length].
 *   pages, visitors  how many different ones
 *   retry            send a hit that was not answered 200 again, with its id, until it is (at most 10 s)
 *   onAck(n)         called with the count of acknowledged hits so far
 * Without retry a connection that is lost stays lost, and hits that no connection is left for are not sent.
 *
 * Answers { sent, acknowledged, statuses, bySite: { demo: { sent, acknowledged, total } } };
 * sent counts distinct hits, total is the largest in the replies.
 */
export async function load(tk, options) {
  const { hits, connections = 64, sites = ['demo'], pages = 10, visitors = 100, retry = false, onAck = () => {} } = options;
  const run = token().slice(0, 6);
  const bySite = Object.fromEntries(sites.map((site) => [site, { sent: 0, acknowledged: 0, total: 0 }]));
  const result = { sent: 0, acknowledged: 0, statuses: {}, bySite };
  let next = 0;
  const pause = 20; // ms between two tries

  async function worker() {
    let connection = null;
    while (next < hits) {
      const i = next++;
      const site = sites[i % sites.length];
      const bytes = hitBytes({
        site,
        page: `/tin/${i % pages}`,
        visitor: (i % visitors).toString(16),
        id: run + i.toString(16).padStart(8, '0'),
      });
      result.sent++;
      bySite[site].sent++;
      const deadline = Date.now() + 10_000;
      for (;;) {
        connection = connection?.usable ? connection : dial(tk.url);
        const reply = await connection.ask(bytes);
        result.statuses[reply.status] = (result.statuses[reply.status] ?? 0) + 1;
        if (reply.status === 200) {
          result.acknowledged++;
          bySite[site].acknowledged++;
          bySite[site].total = Math.max(bySite[site].total, reply.body.total ?? 0);
          onAck(result.acknowledged);
          break;
        }
        if (!retry) break;
        if (Date.now() > deadline) throw new Error(`hit ${i} was not acknowledged within 10 s: ${JSON.stringify(reply)}`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      if (!retry && !connection.usable) break;
    }
    connection?.end();
  }

  await Promise.all(Array.from({ length: connections }, worker));
  return result;
}

/** A view as the widget sends it; a field of null is left out, a header can be another one. */
export function hitBytes(fields, more = {}) {
  const body = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== null)).toString();
  const host = `${fields.site}.test`;
  const headers = {
    Host: host,
    Origin: `http://${host}`,
    'User-Agent': browserAgent,
    Accept: '*/*',
    'Accept-Language': 'vi,en;q=0.5',
    'Content-Type': 'text/plain;charset=UTF-8',
    'Content-Length': body.length,
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /tk/hit HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/**
 * One keep-alive connection, to a URL or the path of a unix socket.  made resolves to whether there is one;
 * ask() always resolves, to status 0 when there is no answer.
 */
export function dial(to) {
  const { hostname: host, port } = to.startsWith('/') ? {} : new URL(to);
  const socket = net.createConnection(host ? { host, port, noDelay: true } : { path: to });
  let text = '';
  let answer = null;

  const self = {
    usable: true,
    made: new Promise((resolve) => socket.once('connect', () => resolve(true)).once('close', () => resolve(false))),
    ask(bytes) {
      return new Promise((resolve) => {
        answer = resolve;
        text = '';
        if (self.usable) socket.write(bytes);
        else resolve({ status: 0 });
      });
    },
    /** Send these bytes and go away without waiting for the answer. */
    leave: (bytes) => socket.write(bytes, () => socket.destroy()),
    end: () => socket.destroy(),
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
    const head = text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
    const body = text.slice(head + 4);
    if (Buffer.byteLength(body) < length) return;
    if (/^connection: *close/im.test(text.slice(0, head))) self.usable = false;
    answer({ status: Number(text.slice(9, 12)), body: JSON.parse(body) });
  });
  const lost = () => {
    self.usable = false;
    answer?.({ status: 0 });
  };
  socket.on('error', lost).on('close', lost);
  return self;
}
