// Proof 16: what is recommended for pasting survives the filters of content
// systems, and whatever is pasted still leaves a hook.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, thongke, run, top, tempDir, ini } from './harness.mjs';
import { sanitisers } from './sanitisers.mjs';

const page = (name) => fs.readFileSync(`${top}/widget/integrations/${name}/README.md`, 'utf8');
const snippets = (text, fence) => [...text.matchAll(new RegExp(`\`\`\`${fence}\\n([^]*?)\`\`\``, 'g'))].map(([, html]) => html);

/** How many places the script would fill, or frames that fill themselves. */
const hooks = (html) => (html.match(/data-thongke="(?:box|online|today|week|total|views)"|class="[^"]*\bthongke-(?:box|online|today|week|total|views)\b|<iframe src="[^"]*\/tk\/box\.html\?site=/g) ?? []).length;

test('the models drop what their systems drop', () => {
  const all = '<div class="thongke-box" data-thongke="box" onclick="x()">…</div><iframe src="/tk/box.html?site=a"></iframe><iframe src="https://b.vn/x"></iframe><script src="/tk/thongke.js"></script><style>b{}</style><b class="thongke-views"></b>';
  const { kses, joomla, nukeviet, dnn, ckeditor, sharepoint, liferay } = sanitisers;
  assert.equal(kses(all), '<div class="thongke-box" data-thongke="box">…</div>b{}<b class="thongke-views"></b>');
  assert.equal(joomla(all), '<div class="thongke-box" data-thongke="box">…</div>b{}<b class="thongke-views"></b>');
  assert.equal(nukeviet(all), '<div class="thongke-box">…</div><iframe src="/tk/box.html?site=a"></iframe></iframe><b class="thongke-views"></b>');
  assert.equal(dnn(all), '<div class="thongke-box">…</div><b class="thongke-views"></b>');
  assert.equal(liferay(all), dnn(all));
  assert.equal(ckeditor(all), '<div class="thongke-box">…</div>');
  assert.equal(sharepoint(all), '<iframe src="https://b.vn/x"></iframe>');
  assert.equal(dnn('a < b & "c"<br>'), 'a < b & "c"<br>');
});

const filters = { wordpress: 'kses', joomla: 'joomla', nukeviet: 'nukeviet', dnn: 'dnn', sharepoint: 'sharepoint', liferay: 'liferay' };

for (const [name, filter] of Object.entries(filters)) {
  test(`proof 16: what the page of ${name} has editors paste survives there, unchanged`, () => {
    const pasted = snippets(page(name), 'html editor');
    assert.ok(pasted.length > 0);
    for (const html of pasted) {
      assert.ok(hooks(html) > 0, html);
      assert.equal(sanitisers[filter](html).trim(), html.trim());
    }
  });
}

test('proof 16: every snippet with places for figures leaves a hook in every filter', () => {
  const all = [...Object.keys(filters), 'html', 'https-without-proxy'].flatMap((name) => snippets(page(name), 'html(?: editor)?'));
  const placed = all.filter((html) => /thongke-box|thongke-views/.test(html));
  assert.ok(placed.length >= 8, String(placed.length));
  for (const html of placed) {
    for (const [name, sanitise] of Object.entries(sanitisers)) {
      if (name !== 'sharepoint') assert.equal(hooks(sanitise(html)), hooks(html.replace(/<iframe[^]*?<\/iframe>/g, '')), `${name}: ${html}`);
    }
  }
});

test('proof 16: so does the box that thongke snippet prints', async () => {
  const dir = tempDir();
  fs.writeFileSync(`${dir}/thongke.ini`, ini({}, { myloc: { hosts: 'myloc.namdinh.gov.vn' } }));
  const { stdout } = await run(thongke, ['-c', `${dir}/thongke.ini`, 'snippet', 'myloc']);
  const box = stdout.split('\n').find((line) => line.includes('thongke-box'));
  assert.ok(box);
  for (const name of ['kses', 'joomla', 'nukeviet', 'dnn', 'ckeditor', 'liferay']) assert.ok(hooks(sanitisers[name](box)) > 0, `${name}: ${sanitisers[name](box)}`);
});
