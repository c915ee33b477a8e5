// Proof 14: the pictures are whole XML, say what they show, and draw every Vietnamese letter as itself.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { start, test, top } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { newVisitor } from './browser.mjs';

const tones = ['', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323'];
const letters = [...'aăâeêioôơuưy'].flatMap((vowel) => tones.map((tone) => (vowel + tone).normalize('NFC'))).concat('đ');
const alphabet = [...letters, ...letters.map((letter) => letter.toUpperCase())];

test('proof 14: a browser reads and draws the pictures', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);
  await tk.hit({ page: '/tin/1' });
  const evil = encodeURIComponent('/<&>"\'');
  const page = await newVisitor(t);
  fs.mkdirSync(`${top}/build/screenshots`, { recursive: true });
  for (const [name, lines] of Object.entries({
    [`box.svg?site=demo&page=${evil}`]: ['• Đang online: 1', '• Hôm nay: 1', '• Trong tuần: 1', '• Tất cả: 1', 'Lượt xem: 0'],
    'views.svg?site=demo&page=/tin/1': ['Lượt xem: 1'],
    'views.svg?site=demo&page=/tin/1&lang=en': ['Views: 1'],
  })) {
    await page.goto(`${portal}tk/${name}`);
    assert.equal(await page.evaluate(() => document.documentElement.localName), 'svg', name);
    assert.deepEqual(await page.locator('text').evaluateAll((all) => all.map((text) => text.textContent)), lines);
    // No line leaves the picture.
    assert.ok(await page.evaluate(() => [...document.querySelectorAll('text')].every((text) => {
      const box = text.getBBox(), { width, height } = document.documentElement.viewBox.baseVal;
      return box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
    })), name);
    await page.screenshot({ path: `${top}/build/screenshots/${name.replace(/\?.*lang=/, '-').replace(/\?.*/, '')}.png` });
    assert.deepEqual(page.complaints, []);
  }
});

test('proof 14: every vowel with every tone is drawn, as an image, and as no other', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);
  const page = await newVisitor(t);
  await page.goto(portal);
  const svg = (await tk.request('GET', '/views.svg?site=demo&page=/')).bytes.toString();
  const drawn = await page.evaluate(async ([source, wanted]) => {
    const draw = async (letter) => {
      const image = new Image();
      image.src = `data:image/svg+xml,${encodeURIComponent(source.replace(/>[^<]*<\/text>/, `>${letter}</text>`))}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      return canvas.getImageData(0, 0, image.width, image.height).data.join();
    };
    const pictures = [];
    for (const letter of wanted) pictures.push(await draw(letter));
    return { different: new Set(pictures).size, nothing: pictures.includes(await draw('')), unknown: pictures.includes(await draw('\u{10fffd}')) };
  }, [svg, alphabet]);
  assert.equal(alphabet.length, 146);
  assert.deepEqual(drawn, { different: 146, nothing: false, unknown: false });
});
