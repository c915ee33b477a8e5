// The three engines that readers have, behind one small interface:
//
//   inEngines('proof 3: the exact text', async (t, engine) => {
//     const page = await engine.open(t);
//     await page.goto(url);
//     await page.waitFor('document.images.length === 2');
//   });
//
// Chromium and Firefox are driven by Puppeteer, WebKitGTK's MiniBrowser by its
// own driver.  Each is started once for a file, with a folder for a profile that
// goes when the file has ended.  All of them tell the page that a program drives
// them: a site that is to count them has «bots = count».
import fs from 'node:fs';
import { after } from 'node:test';
import puppeteer from 'puppeteer-core';
import { freePort, start, tempDir, test, waitUntil } from '../e2e/harness.mjs';
import { child } from '../e2e/process.mjs';
import { chromiumArgs, chromiumPath } from './browser.mjs';

const firefoxPath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const webkitDriver = process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver';
const xvfb = process.env.XVFB ?? '/usr/bin/Xvfb';
const size = { width: 1000, height: 800 };

/** A daemon that counts browsers driven by programs, too. */
export const startCounting = (t, options) =>
  start(t, { sites: { demo: { hosts: 'localhost 127.0.0.1', bots: 'count' } }, ...options });

/** One test an engine.  It is skipped by name where the engine is not there, and where `lacks` tells why it can not. */
export function inEngines(name, fn, lacks = {}) {
  for (const engine of engines) {
    test(`${name}: ${engine.name}`, { skip: engine.missing() ?? lacks[engine.name] }, (t) => fn(t, engine));
  }
}

const missing = (...files) => () => {
  const file = files.find((one) => !fs.existsSync(one));
  return file && `${file} is not on this machine`;
};

const enders = [];
after(async () => {
  for (const end of enders.reverse()) await end();
});

// What starts once, when it is first wanted.
function once(begin) {
  let begun;
  return () => (begun ??= begin());
}

// ---- Chromium and Firefox

async function openTab(t, browser) {
  const context = await browser.createBrowserContext();
  t.after(() => context.close());
  return newTab(context);
}

async function newTab(context) {
  const tab = await context.newPage();
  await tab.setViewport(size);
  return {
    /** Puppeteer's page, for what this interface has no word for. */
    tab,
    /** Another tab of the same profile, in front of this one. */
    another: () => newTab(context),
    /** What went wrong on its pages; WebKit's driver does not tell. */
    complaints: complaintsOf(tab),
    goto: (url) => tab.goto(url),
    /** The value of an expression, or of its promise. */
    evaluate: async (source) => tab.evaluate(source),
    waitFor: (source, options) => waitFor(async (it) => tab.evaluate(it), source, options),
    /** Of the pages that it goes to from now on. */
    width: (width) => tab.setViewport({ ...size, width }),
  };
}

// Exceptions, and messages of the console but those on requests that failed.
function complaintsOf(tab) {
  const complaints = [];
  tab.on('pageerror', (error) => complaints.push(error.message));
  tab.on('console', (message) => {
    const ofNetwork = message.text().startsWith('Failed to load resource');
    if (['error', 'warn'].includes(message.type()) && !ofNetwork) complaints.push(message.text());
  });
  return complaints;
}

/** One more Chromium, with preferences of its profile. */
export async function startChromium(preferences) {
  const profile = tempDir();
  fs.mkdirSync(`${profile}/Default`);
  fs.writeFileSync(`${profile}/Default/Preferences`, JSON.stringify(preferences ?? {}));
  const program = child(chromiumPath, [...chromiumArgs, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']);
  return connected(program, 'cdp', /DevTools listening on (ws:\S+)/);
}

/** One more Firefox, with preferences of its profile. */
export async function startFirefox(preferences) {
  const profile = tempDir();
  const lines = Object.entries(preferences ?? {}).map((pair) => `user_pref(${pair.map((word) => JSON.stringify(word)).join(', ')});`);
  fs.writeFileSync(`${profile}/user.js`, lines.join('\n'));
  const program = child(firefoxPath, ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile, 'about:blank'], {
    env: { HOME: profile },
  });
  return connected(program, 'webDriverBiDi', /WebDriver BiDi listening on (ws:\S+)/, '/session');
}

async function connected(program, protocol, says, path = '') {
  enders.push(() => program.end());
  const url = await waitUntil(() => says.exec(program.text)?.[1], { timeout: 30_000, what: `a browser to say «${says.source}»` });
  const browser = await puppeteer.connect({ protocol, browserWSEndpoint: url + path, defaultViewport: null });
  enders.push(() => browser.close().catch(() => {}));
  return browser;
}

const chromiumBrowser = once(() => startChromium());
const firefoxBrowser = once(() => startFirefox());

// ---- WebKit

// Its driver speaks WebDriver over HTTP.
const webkitSessions = once(async () => {
  const home = tempDir();
  const screen = child(xvfb, ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp']);
  enders.push(() => screen.end());
  const display = await waitUntil(() => /^\d+$/m.exec(screen.text)?.[0], { what: 'Xvfb to tell its number' });
  const port = await freePort();
  const driver = child(webkitDriver, [`--port=${port}`, '--host=127.0.0.1'], {
    env: { DISPLAY: `:${display}`, HOME: home, XDG_RUNTIME_DIR: home, GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1', LANG: 'C.UTF-8' },
  });
  enders.push(() => driver.end());
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`WebKit: ${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  await waitUntil(() => ask('GET', '/status').catch(() => false), { what: 'WebKitWebDriver to listen' });
  return ask;
});

async function openSession(t, switches = []) {
  const ask = await webkitSessions();
  const alwaysMatch = { 'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation', ...switches] } };
  const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch } });
  const own = (method, path, body) => ask(method, `/session/${sessionId}${path}`, body);
  t.after(() => own('DELETE', ''));
  const evaluate = async (source) => {
    const { value, error } = await own('POST', '/execute/async', {
      script: `const done = arguments[0];
        Promise.resolve(${source}).then((value) => done({ value }), (error) => done({ error: String(error) }))`,
      args: [],
    });
    if (error) throw new Error(error);
    return value;
  };
  await own('POST', '/window/rect', size);
  let narrow;
  return {
    complaints: [],
    goto: (url) => (narrow ? frame(own, evaluate, url, narrow) : own('POST', '/url', { url })),
    evaluate,
    waitFor: (source, options) => waitFor(evaluate, source, options),
    width: (width) => (narrow = width),
  };
}

// Its window is never as narrow as a telephone: there the page stands in a frame.
async function frame(own, evaluate, url, width) {
  await own('POST', '/frame', { id: null });
  await own('POST', '/url', { url: 'about:blank' });
  await evaluate(`new Promise((resolve) => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    Object.assign(frame, { onload: resolve, width: ${width}, height: ${size.height}, frameBorder: 0, src: ${JSON.stringify(url)} });
  })`);
  await own('POST', '/frame', { id: 0 });
}

function miniBrowser() {
  const lib = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  return process.env.MINIBROWSER ?? `${lib}/webkit2gtk-4.1/MiniBrowser`;
}

function waitFor(evaluate, source, { timeout, what = source } = {}) {
  // Only whether: an element is no value.  And while one page goes for another, nobody answers.
  return waitUntil(() => evaluate(`!!(${source})`).catch(() => false), { timeout, what });
}

export const engines = [
  { name: 'Chromium', missing: missing(chromiumPath), open: async (t, browser) => openTab(t, browser ?? (await chromiumBrowser())) },
  { name: 'Firefox', missing: missing(firefoxPath), open: async (t, browser) => openTab(t, browser ?? (await firefoxBrowser())) },
  { name: 'WebKit', missing: missing(webkitDriver, xvfb, miniBrowser()), open: openSession },
];
