// What Chromium alone can show: Lighthouse's marks, and pictures to compare pixel by pixel.
import assert from 'node:assert/strict';
import lighthouse from 'lighthouse';
import { test } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { engines, startChromium, startCounting } from './engines.mjs';

const [chromium] = engines;
const skip = chromium.missing();

test('proof 20: Lighthouse: performance and accessibility, and nothing moves', { skip }, async (t) => {
  const tk = await startCounting(t);
  const demo = await startPortal(t, tk);
  const browser = await startChromium();
  const port = Number(new URL(browser.wsEndpoint()).port);
  const marks = async () => {
    const { lhr } = await lighthouse(`${demo}tin-tuc/ocop.html`, { port, logLevel: 'error', onlyCategories: ['performance', 'accessibility'] });
    return {
      performance: lhr.categories.performance.score,
      accessibility: lhr.categories.accessibility.score,
      shift: lhr.audits['cumulative-layout-shift'].numericValue,
    };
  };
  // A busy machine makes a page slow, and nothing makes it faster than it is: the best of three.
  let best = await marks();
  for (let n = 1; n < 3 && best.performance < 0.95; n++) {
    const next = await marks();
    if (next.performance > best.performance) best = next;
  }
  t.diagnostic(JSON.stringify(best));
  assert.ok(best.performance >= 0.95 && best.accessibility >= 0.95 && best.shift <= 0.01, JSON.stringify(best));
  assert.equal((await tk.counts()).body.total > 0, true, 'the widget ran');
});

// All that a portal's own sheet may say without meaning the box.
const hostile = `<style>
  * { letter-spacing: 3px; text-transform: uppercase; text-shadow: 1px 1px red; word-spacing: 9px }
  div, p { font-size: 0; line-height: 0; text-indent: 40px; text-align: center; font-style: italic; font-weight: bold }
  ul, ol { display: none; margin: 99px; padding: 50px; list-style: none; columns: 2; visibility: hidden }
  li { float: left; width: 20px; color: red !important; background: red; border: 3px solid; white-space: pre }
  li::before { content: "✗" }
  b, strong { font: italic 40px serif; color: red !important; padding: 9px; background: red; position: absolute }
  [class*=thongke-list], .thongke-portal, .thongke-digits { display: none !important; opacity: .1 }
  a, button { all: unset }
</style>`;

test('proof 11: a page’s own style, however hostile, does not change a pixel of the box', { skip }, async (t) => {
  const tk = await startCounting(t);
  const looks = ['plain', 'portal', 'digits'];
  const html = (style) => `<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><title>.</title>${style}
    <style>section { width: 240px } .thongke-box { font-size: 12px }</style>
    <script async src="/tk/thongke.js" data-site="demo" data-count="0"></script>
    <section>${looks.map((look) => `<div id="${look}" class="thongke-box" data-look="${look}"></div>`).join('')}</section>
    <ul id="bare"><li>Đang online: <b>0</b></li></ul>`;
  const portal = await startPortal(t, tk, { pages: { 'clean.html': html(''), 'hostile.html': html(hostile) } });
  const page = await chromium.open(t);
  const pictures = async (path) => {
    await page.goto(portal + path);
    await page.waitFor(`[...document.querySelectorAll('.thongke-box')].every((box) =>
      box.shadowRoot?.querySelector('b') && getComputedStyle(box.shadowRoot.querySelector('ul')).marginTop === '0px')`);
    const all = [];
    for (const look of looks) {
      const list = await page.tab.$(`#${look} >>> ul`);
      all.push(Buffer.from(await list.screenshot()).toString('base64'));
    }
    return all;
  };
  const clean = await pictures('clean.html');
  const attacked = await pictures('hostile.html');
  assert.equal(await page.evaluate(`getComputedStyle(document.getElementById('bare')).display`), 'none', 'the style is hostile');
  for (const [n, look] of looks.entries()) assert.ok(clean[n] === attacked[n], `the look «${look}» is another`);
  assert.equal(new Set(clean).size, looks.length, 'each look is another picture');
});
