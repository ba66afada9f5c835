import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseShortcodes } from '../../src/services/docs/import/shortcodes.ts'
import { blackfridaySlug, githubSlug } from '../../src/services/docs/render/anchors.ts'
import { readFrontMatter } from '../../src/services/docs/render/front-matter.ts'
import { sectionsOf, textOf } from '../../src/services/docs/render/html-text.ts'
import { markdownRenderer } from '../../src/services/docs/render/markdown.ts'
import { renderPage } from '../../src/services/docs/render/page.ts'
import { sanitise, stored } from '../../src/services/docs/render/safe-html.ts'

const own = markdownRenderer({ html: false, slug: githubSlug })
const foreign = markdownRenderer({ html: true, slug: blackfridaySlug })

const EVIL = [
  '<script>alert(1)</script>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<img src=x onerror=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<math><mtext></p><style><img src=x onerror=alert(1)></style>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="java\tscript:alert(1)">x</a>',
  '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href="vbscript:x">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<form action="https://evil.example"><button formaction="javascript:alert(1)">x</button></form>',
  '<object data="x.swf"></object><embed src="x"><base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example"><link rel=stylesheet href=x>',
  '<div style="background:url(javascript:alert(1))" onclick="alert(1)">x</div>',
  '<p id="x" onmouseover=alert(1)>y</p>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '[x](javascript:alert(1)) ![x](javascript:alert(1)) <javascript:alert(1)>',
  '[x](<java\nscript:alert(1)>)',
  '```html"><script>alert(1)</script>\ncode\n```',
  '## x {#"><script>alert(1)</script>}',
  '> [!NOTE]<img src=x onerror=alert(1)> text',
]

const ACTIVE =
  /^<(?:script|svg|math|iframe|object|embed|base|meta|link|form|button|style|img)\b|\s(?:on\w+|style|srcdoc|formaction)\s*=|(?:href|src)="\s*(?!https?:|mailto:|[/#?.\w-]*(?:[/#?]|"))/i

/** Tags that do something; the sanitiser leaves no `>` in an attribute. */
const active = (html: string): string[] => (html.match(/<[^>]*>/g) ?? []).filter((tag) => ACTIVE.test(tag))

test('nothing that runs comes through, whatever is written', () => {
  for (const text of EVIL)
    for (const render of [own, foreign]) assert.deepEqual(active(renderPage(text, render).html), [], text)
})

test('nothing that runs comes through in generated mixtures either', () => {
  const piece = fc.oneof(
    fc.constantFrom(...EVIL),
    fc.string({ maxLength: 12 }),
    fc.constantFrom('\n\n', '<', '">', '`', '> ', '- ', '|'),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      for (const render of [own, foreign]) assert.deepEqual(active(renderPage(pieces.join(''), render).html), [])
    }),
    { numRuns: 300 },
  )
})

test('the judge of these tests sees what runs', () => {
  for (const tag of ['<img src="x">', '<p onclick="x">', '<a href="javascript:x">', '<a href="data:x">'])
    assert.deepEqual(active(tag), [tag])
})

test('links go to http, https, mailto and places of this server only', () => {
  const html = sanitise(
    '<a href="https://a.example">1</a><a href="mailto:a@b.example">2</a><a href="/docs/x#y">3</a><a href="#z">4</a><a href="ftp://x">5</a><a href="//x">6</a>',
  )
  assert.deepEqual(
    [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href),
    ['https://a.example', 'mailto:a@b.example', '/docs/x#y', '#z'],
  )
})

test('what was stored is not taken back with a script in it', () => {
  assert.throws(() => stored('<p>x</p><script>1</script>'))
  assert.equal(stored('<p>x</p>'), '<p>x</p>')
})

test('text that hides or turns its direction is made visible', () => {
  const { html, markdown } = renderPage('a\u202eb\u200bc\u2066d', own)
  assert.equal(textOf(html), 'a\\u202eb\\u200bc\\u2066d')
  assert.match(markdown, /\\u202e/)
})

test('headings have anchors of their text, each only once, or the one that is written', () => {
  const anchors = (text: string, render = own) =>
    renderPage(text, render)
      .sections.map(({ anchor }) => anchor)
      .slice(1)
  assert.deepEqual(anchors('## What you see\n\n## What you see\n\n## infra.k8s.getInfo\n'), [
    'what-you-see',
    'what-you-see-1',
    'infrak8sgetinfo',
  ])
  assert.deepEqual(anchors('## The `kubelet` & co. {#own}\n\n## A_b: c\n', foreign), ['own', 'a-b-c'])
})

test('callouts are set apart, with their name in front', () => {
  assert.match(
    renderPage('> [!WARNING] Hot.\n> Very.', own).html,
    /<aside class="is-warning">\s*<p><strong>Warning<\/strong> Hot\.\s*Very\.<\/p>\s*<\/aside>/,
  )
  assert.match(renderPage('> plain', own).html, /<blockquote>/)
})

test('tables are aligned by classes, code is coloured by classes, what scrolls can be focused', () => {
  const { html } = renderPage('| a | b |\n| - | -: |\n| 1 | 2 |\n\n```yaml\nkind: Pod\n```\n', own)
  assert.match(html, /<td class="is-right">2<\/td>/)
  assert.match(html, /<pre tabindex="0"><code class="language-yaml"><span class="hljs-attr">kind:<\/span>/)
  assert.doesNotMatch(html, /style=/)
})

test('pictures become links to where they are', () => {
  assert.match(
    renderPage('![A map](https://a.example/m.png)', own).html,
    /<a href="https:\/\/a\.example\/m\.png" rel="noopener">Picture: A map<\/a>/,
  )
})

test('the text of HTML has a blank where a block ends, and its entities decoded', () => {
  assert.equal(textOf('<p>a &lt;b&gt;</p><ul><li>c</li><li>d &amp; e</li></ul>'), 'a <b> c d & e')
  assert.deepEqual(
    sectionsOf('<p>x</p><h2 id="a">A <code>b</code></h2><p>y</p>').map(({ title }) => title),
    ['', 'A b'],
  )
})

test('front matter is taken off, and what is wrong with it is said', () => {
  assert.deepEqual(readFrontMatter('---\ntitle: A\n---\nbody'), { fields: { title: 'A' }, body: 'body' })
  assert.deepEqual(readFrontMatter('no front'), { fields: {}, body: 'no front' })
  assert.throws(() => readFrontMatter('---\na: [\n---\n'), /not YAML/)
  assert.throws(() => readFrontMatter('---\n- a\n---\n'), /not a map/)
})

test('shortcodes: nested, self-closing, unclosed, stray, quoted and shown as text', () => {
  assert.deepEqual(
    parseShortcodes(
      'a {{< note >}}b {{< x y="1 >}} 2" z >}}{{< /note >}} c {{< /stray >}}{{</* note */>}}{{< tab name="n" />}}',
    ),
    [
      'a ',
      {
        name: 'note',
        positional: [],
        named: {},
        inner: ['b ', { name: 'x', positional: ['z'], named: { y: '1 >}} 2' }, inner: undefined }, ''],
      },
      ' c ',
      '',
      '{{< note >}}',
      '',
      { name: 'tab', positional: [], named: { name: 'n' }, inner: undefined },
      '',
    ],
  )
})

test('a page of openings alone is read in time of its length', () => {
  for (const piece of ['{{<', '{{< a "', '{{</*', '{{% x=`', '<a ', '[x](', '> [!', '**_']) {
    const text = piece.repeat(100_000 / piece.length)
    const start = performance.now()
    parseShortcodes(text)
    renderPage(text.slice(0, 20_000), foreign)
    assert.ok(performance.now() - start < 5_000, `${piece}: ${performance.now() - start} ms`)
  }
})
