// For every reader: axe's rules in three engines and in every mode that they have.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { top } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { inEngines, startCounting, startFirefox } from './engines.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const article = 'tin-tuc/ocop.html';

const looks = ['plain', 'portal', 'digits'];
const boxes = looks.map((look) => `<div id="${look}" class="thongke-box" data-look="${look}"></div>`).join('');
const painted = `[...document.querySelectorAll('.thongke-box')].every((box) => box.shadowRoot?.querySelector('b') &&
  getComputedStyle(box.shadowRoot.querySelector('ul')).marginTop === '0px')`;

/** The demo portal; /looks.html is its article with all three looks in place of one. */
function startDemo(t, tk) {
  const html = fs.readFileSync(`${top}/widget/demo/${article}`, 'utf8').replace(/<div class="thongke-box">.*?<\/div>/s, boxes);
  assert.ok(html.includes(boxes));
  fs.writeFileSync(`${tk.dir}/looks.html`, html);
  return startPortal(t, tk, {
    extra: `location = /looks.html { alias ${tk.dir}/looks.html; } location = /axe.js { alias ${axe}; }`,
  });
}

const media = (features) => async (page) => {
  const session = await page.tab.createCDPSession();
  await session.send('Emulation.setEmulatedMedia', features);
};
const feature = (name, value) => ({ features: [{ name, value }] });

// What brings a mode about in an engine (browser: one of its own for it), and how the page sees that it is on.
const modes = {
  'as it is': { pages: ['', 'looks.html'], seen: 'true' },
  dark: {
    Chromium: { set: media(feature('prefers-color-scheme', 'dark')) },
    Firefox: { browser: () => startFirefox({ 'layout.css.prefers-color-scheme.content-override': 0 }) },
    WebKit: { browser: () => ['--dark-mode'] },
    seen: "matchMedia('(prefers-color-scheme: dark)').matches",
  },
  'forced colors': {
    Chromium: { set: media(feature('forced-colors', 'active')) },
    Firefox: { browser: () => startFirefox({ 'browser.display.document_color_use': 2 }) },
    WebKit: { not: 'WebKit has no forced colors' },
    seen: "matchMedia('(forced-colors: active)').matches",
    disabled: ['color-contrast'], // the browser sees to it; axe reads the colours that it replaces
  },
  print: {
    Chromium: { set: media({ media: 'print' }) },
    Firefox: { not: 'its protocol prints to a file only' },
    WebKit: { not: 'its protocol prints to a file only' },
    seen: "matchMedia('print').matches",
  },
  '320 px': { set: (page) => page.width(320), seen: 'innerWidth === 320' },
  'text of 200 %': {
    ready: (page) => page.evaluate(`[...document.body.querySelectorAll('*')]
      .map((element) => [element, parseFloat(getComputedStyle(element).fontSize)])
      .forEach(([element, size]) => (element.style.fontSize = 2 * size + 'px'))`),
    seen: `[...document.querySelectorAll('.thongke-box')].every((box) =>
      parseFloat(getComputedStyle(box.shadowRoot.querySelector('li')).fontSize) >= 24)`,
  },
};

async function violations(page, disabled = []) {
  await page.evaluate(`new Promise((resolve) => {
    const script = document.createElement('script');
    script.onload = resolve;
    script.src = '/axe.js';
    document.head.append(script);
  })`);
  const rules = Object.fromEntries(disabled.map((rule) => [rule, { enabled: false }]));
  return page.evaluate(`axe.run({ preload: false, rules: ${JSON.stringify(rules)} }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.target.join(' ')).join(', ')))`);
}

inEngines('proof 12: no rule of axe is violated', async (t, engine) => {
  const tk = await startCounting(t);
  const demo = await startDemo(t, tk);
  for (const [name, mode] of Object.entries(modes)) {
    const { set, ready, browser, not, seen, pages = ['looks.html'], disabled } = { ...mode, ...mode[engine.name] };
    await t.test(`${name}: ${engine.name}`, { skip: not }, async (t) => {
      const page = await engine.open(t, await browser?.());
      await set?.(page);
      for (const path of pages) {
        await page.goto(demo + path);
        await page.waitFor(painted, { what: 'the boxes' });
        await ready?.(page);
        assert.equal(await page.evaluate(seen), true, `${name} is on`);
        assert.deepEqual(await violations(page, disabled), [], path);
        const wide = await page.evaluate(`document.documentElement.scrollWidth - innerWidth`);
        assert.ok(wide <= 0, `${path} is ${wide} px wider than the screen`);
      }
    });
  }
});
