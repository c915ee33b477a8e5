// widget.mjs FILE   the script that pages embed, as it ships: minified into FILE,
// with FILE.map, which leads from there to the source, and FILE.sri, by which a
// browser knows it.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from 'terser';

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../widget/thongke.js');
const to = process.argv[2];
const { code, map } = await minify(
  { 'thongke.src.js': fs.readFileSync(source, 'utf8') },
  {
    ecma: 5,
    compress: { passes: 3, unsafe: true, booleans_as_integers: true, keep_fargs: false, if_return: false, loops: false },
    format: { comments: /^!/ },
    sourceMap: { filename: path.basename(to), includeSources: true },
  },
);
fs.writeFileSync(to, code);
fs.writeFileSync(`${to}.map`, map);
fs.writeFileSync(`${to}.sri`, `sha384-${createHash('sha384').update(code).digest('base64')}`);
