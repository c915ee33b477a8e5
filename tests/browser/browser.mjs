// Chromium for the tests: profiles that know nothing of each other, real tabs
// of one window, and what a page shows.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { browserAgent, waitUntil } from '../e2e/harness.mjs';

export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const chromiumArgs = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-extensions', // Debian's wrapper loads those that are installed
  '--disable-component-update',
  '--disable-sync',
  '--disable-blink-features=AutomationControlled', // or the script says that a program drives the browser
];

let browser; // one for all tests of a file
after(async () => (await browser)?.close());

/** A page of a new profile: nothing stored, no other visitor's token. */
export async function newVisitor(t, options = {}) {
  browser ??= chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
  const context = await (await browser).newContext({
    userAgent: browserAgent,
    locale: 'vi-VN',
    timezoneId: 'Asia/Ho_Chi_Minh',
    viewport: { width: 1200, height: 800 },
    ...options,
  });
  t.after(() => context.close());
  return watched(await context.newPage());
}

/**
 * A window with real tabs, of which one is visible: newTab() opens the next in front.
 * Playwright's own contexts hold every page for visible.
 */
export async function startWindow(t) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'tk-profile-'));
  const own = ['--remote-debugging-port=0', `--user-data-dir=${profile}`, `--user-agent=${browserAgent}`, 'about:blank'];
  const chrome = spawn(chromiumPath, [...chromiumArgs, ...own], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => chrome.on('close', resolve));
  let said = '';
  chrome.stderr.setEncoding('utf8').on('data', (chunk) => (said += chunk));
  t.after(async () => {
    chrome.kill();
    await ended;
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const url = await waitUntil(() => /DevTools listening on (ws:\S+)/.exec(said)?.[1], { what: 'Chromium to start' });
  const [context] = (await chromium.connectOverCDP(url, { noDefaults: true })).contexts();
  return {
    context,
    first: watched(context.pages()[0]),
    newTab: async () => watched(await context.newPage()),
  };
}

// Notes what goes wrong on a page, in page.complaints: exceptions, and messages
// of the console but those on requests that failed, which the browser writes.
function watched(page) {
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    const ofNetwork = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !ofNetwork) page.complaints.push(message.text());
  });
  return page;
}

/** The figures that a reader sees, line by line: the box, and the views beside the headline where there are any. */
export async function figures(page) {
  const lines = await page.locator('.thongke-box li, .views').allInnerTexts();
  return lines.sort((a, b) => a.startsWith('Lượt xem') - b.startsWith('Lượt xem'));
}

export const portalFigures = (online, today, week, total, views) =>
  [`Đang online: ${online}`, `Hôm nay: ${today}`, `Trong tuần: ${week}`, `Tất cả: ${total}`].concat(
    views === undefined ? [] : `Lượt xem: ${views}`,
  );

/** Wait until the page shows just that. */
export async function expectFigures(page, wanted) {
  let seen;
  const same = async () => JSON.stringify((seen = await figures(page))) === JSON.stringify(wanted);
  await waitUntil(same).catch(() => assert.deepEqual(seen, wanted));
}

/**
 * Between a portal's server and a daemon's socket: notes every request. Give it to startPortal in place of tk.
 * .fate(n) says what becomes of the n-th hit: undefined, it goes on to the daemon; a promise, it does so then;
 * a function of the response, that is called instead; 'lose the answer', the daemon has it and nobody hears so.
 */
export async function startSpy(t, tk) {
  const requests = [];
  const hits = () => requests.filter((request) => request.url.startsWith('/tk/hit'));
  const spy = { dir: tk.dir, onEnd: tk.onEnd, requests, fate: () => undefined, get hits() { return hits(); } };
  const server = http.createServer(async (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const body = await text(incoming);
    const fate = url.startsWith('/tk/hit') ? spy.fate(hits().length) : undefined;
    requests.push({ method, url, headers, fields: Object.fromEntries(new URLSearchParams(body)) });
    if (typeof fate === 'function') return fate(outgoing);
    if (fate !== 'lose the answer') await fate;
    const onward = http.request({ socketPath: tk.socket, method, path: url, headers }, (answer) => {
      if (fate === 'lose the answer') return answer.resume().on('end', () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    onward.end(body);
  });
  const socket = path.join(tk.dir, 'spy.sock');
  await new Promise((resolve) => server.listen(socket, resolve));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return Object.assign(spy, { socket });
}

export async function text(stream) {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8')) all += chunk;
  return all;
}
