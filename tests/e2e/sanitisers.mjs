// Small models of what content systems let through, from the facts that their
// documents and sources give: what editors without special rights may paste.
// Each takes HTML and answers what is left of it.

/** [{ text } or { name, close, attributes: [[name, value]] }] */
function tokens(html) {
  return html.split(/(<!--[^]*?-->|<\/?[a-zA-Z](?:"[^"]*"|'[^']*'|[^'">])*>)/).filter(Boolean).map((piece) => {
    const tag = /^<(\/?)([a-zA-Z][\w-]*)([^]*?)\/?>$/.exec(piece);
    if (piece.startsWith('<!--') || !tag) return { text: piece };
    const attributes = [...tag[3].matchAll(/([^\s=]+)(?:="([^"]*)"|='([^']*)')?/g)].map(([, name, a, b]) => [name.toLowerCase(), a ?? b]);
    return { name: tag[2].toLowerCase(), close: tag[1] === '/', attributes };
  });
}

const write = (list) =>
  list.map(({ text, name, close, attributes }) => {
    if (text !== undefined) return text;
    return close ? `</${name}>` : `<${name}${attributes.map(([key, value]) => ` ${key}${value === undefined ? '' : `="${value}"`}`).join('')}>`;
  }).join('');

/** Tags that may not stay go; with drop, their content as well. */
function filter(html, { tag, attribute, drop = [] }) {
  const left = [];
  let dropping = null;
  for (const token of tokens(html)) {
    if (dropping) {
      if (token.name === dropping && token.close) dropping = null;
    } else if (token.text !== undefined) {
      left.push(token);
    } else if (!tag(token)) {
      if (drop.includes(token.name) && !token.close) dropping = token.name;
    } else {
      left.push({ ...token, attributes: token.attributes.filter(([name, value]) => attribute(name, value, token)) });
    }
  }
  return write(left);
}

const blocks = 'a b br div em h1 h2 h3 h4 h5 h6 i img li ol p span strong table tbody td th tr u ul'.split(' ');
const common = ['class', 'id', 'title', 'lang', 'dir', 'style'];
const images = ['src', 'alt', 'width', 'height'];

export const sanitisers = {
  /** wp_kses_post: what writers without unfiltered_html save; data-* since 5.0. A script's text stays. */
  kses: (html) =>
    filter(html, {
      tag: ({ name }) => blocks.includes(name),
      attribute: (name, value, { name: tag }) =>
        common.includes(name) || /^data(-[a-z0-9_]+)+$/.test(name) || /^aria-/.test(name) || (tag === 'img' && images.includes(name)),
    }),
  /** Joomla's default text filter for all but Super Users: a list of what is forbidden. */
  joomla: (html) =>
    filter(html, {
      tag: ({ name }) => !'applet body bgsound base basefont canvas button embed frame frameset head html id iframe ilayer layer link meta name object script style title xml'.split(' ').includes(name),
      attribute: (name) => !/^on/.test(name) && !['action', 'background', 'codebase', 'dynsrc', 'formaction', 'lowsrc'].includes(name),
    }),
  /** NukeViet's HTML block through its editor: no script, style, noscript; iframes of the same host; no data-*. */
  nukeviet: (html) =>
    filter(html, {
      tag: ({ name, close, attributes }) =>
        blocks.includes(name) || (name === 'iframe' && (close || /^\/(?!\/)/.test(attributes.find(([key]) => key === 'src')?.[1] ?? ''))),
      attribute: (name, value, { name: tag }) => common.includes(name) || (['img', 'iframe'].includes(tag) && images.includes(name)),
      drop: ['script', 'style', 'noscript'],
    }),
  /** DNN's HTML module, when it is edited again: no script, no data-*. */
  dnn: (html) =>
    filter(html, {
      tag: ({ name }) => blocks.includes(name),
      attribute: (name, value, { name: tag }) => common.includes(name) || (tag === 'img' && images.includes(name)),
      drop: ['script', 'style'],
    }),
  /** SharePoint's Embed web part: one iframe over HTTPS, nothing else. */
  sharepoint: (html) => /<iframe src="https:[^>]*><\/iframe>/.exec(html)?.[0] ?? '',
  /** AntiSamy as Liferay has it where it filters: no script, no data-*. */
  liferay: (html) =>
    filter(html, { tag: ({ name }) => blocks.includes(name), attribute: (name) => ['class', 'id', 'title', 'lang', 'href', 'src', 'alt'].includes(name), drop: ['script', 'style'] }),
  /** CKEditor 4's content filter beside any of them: unknown attributes go, and inline elements without content. */
  ckeditor: (html) => sanitisers.dnn(html).replace(/<(b|span|em|i|strong)[^>]*>\s*<\/\1>/g, ''),
};
