// Bytes as they are: what node:http would not send, and what it would not show.
import net from 'node:net';
import { browserAgent } from './harness.mjs';
import { waitUntil } from './process.mjs';

/**
 * A connection to where url or a unix socket's path says; it ends with the test.
 * options.localAddress   one of 127.0.0.0/8, to be another client
 */
export function dial(t, to, options = {}) {
  const where = to.startsWith('/') ? { path: to } : { host: new URL(to).hostname.replace(/[[\]]/g, ''), port: new URL(to).port };
  const socket = net.createConnection({ ...where, ...options, noDelay: true });
  t.after(() => socket.destroy());
  const self = {
    text: '',
    connected: false,
    /** Nothing more will come. */
    ended: false,
    send(bytes) {
      socket.write(bytes);
      return self;
    },
    close: () => socket.destroy(),
    until: (cond, what) => waitUntil(cond, { what: `${what}, having read «${self.text.slice(0, 300)}»` }),
    untilConnected: () => self.until(() => self.connected, 'a connection'),
    untilEnded: () => self.until(() => self.ended, 'the end of a connection'),
    /** The next whole answer: { status, headers, text, body }, body being its JSON. */
    async answer({ head = false } = {}) {
      const whole = () => {
        const end = self.text.indexOf('\r\n\r\n');
        if (end < 0 && self.ended) throw new Error(`the connection ended after «${self.text}»`);
        if (end < 0) return null;
        const [line, ...lines] = self.text.slice(0, end).split('\r\n');
        const headers = Object.fromEntries(lines.map((it) => [it.slice(0, it.indexOf(':')).toLowerCase(), it.slice(it.indexOf(':') + 2)]));
        const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)[1]);
        const size = head || status === 100 ? 0 : Number(headers['content-length'] ?? 0);
        if (self.text.length < end + 4 + size) return null;
        const text = self.text.slice(end + 4, end + 4 + size);
        self.text = self.text.slice(end + 4 + size);
        return { status, headers, text, body: /json/.test(headers['content-type']) && text ? JSON.parse(text) : undefined };
      };
      return self.until(whole, 'an answer');
    },
    ask: (bytes, more) => self.send(bytes).answer(more),
  };
  socket.setEncoding('latin1').on('data', (chunk) => (self.text += chunk));
  socket.on('connect', () => (self.connected = true));
  for (const event of ['end', 'close']) socket.on(event, () => (self.ended = true));
  socket.on('error', () => (self.ended = true));
  return self;
}

/** The bytes of a hit as a browser sends it. */
export function hitBytes(page = '/', site = 'demo') {
  const body = `site=${site}&page=${encodeURIComponent(page)}`;
  return `POST /tk/hit HTTP/1.1\r\nHost: demo.test\r\nOrigin: http://demo.test\r\nUser-Agent: ${browserAgent}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
