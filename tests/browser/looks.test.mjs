// The three looks as people see them, light and dark: README shows the picture.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { start, test, top } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { newVisitor } from './browser.mjs';

const folder = `${top}/build/screenshots`;

for (const colorScheme of ['light', 'dark']) {
  test(`the three looks, ${colorScheme}: the same text, nothing wider than a phone`, async (t) => {
    const tk = await start(t);
    const portal = await startPortal(t, tk);
    assert.equal((await tk.cli('base', 'demo', '1234567')).code, 0);
    fs.mkdirSync(folder, { recursive: true });
    for (const [width, height] of [[800, 280], [320, 700]]) {
      const page = await newVisitor(t, { colorScheme, viewport: { width, height } });
      await page.goto(`${portal}giao-dien.html`, { waitUntil: 'networkidle' });
      await page.locator('.thongke-digits li').first().waitFor();
      const texts = await page.locator('.thongke-box ul').evaluateAll((lists) => lists.map((list) => list.textContent));
      assert.equal(texts.length, 3);
      assert.equal(new Set(texts).size, 1);
      assert.match(texts[0], /^Đang online: \dHôm nay: \dTrong tuần: \dTất cả: 1\.234\.56\d$/);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      const picture = await page.screenshot({ path: `${folder}/looks-${colorScheme}-${width}.png` });
      if (width === 800 && process.env.UPDATE_SCREENSHOT === '1') fs.writeFileSync(`${top}/widget/demo/looks-${colorScheme}.png`, picture);
      assert.deepEqual(page.complaints, []);
    }
  });
}
