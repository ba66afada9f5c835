import assert from 'node:assert/strict'
import { test } from 'node:test'
import { painted } from '../../src/cli/terminal/lines.ts'
import { scrolled } from '../../src/cli/terminal/keys.ts'
import { withRows, withShown } from '../../src/cli/terminal/news.ts'
import { contentOf, render, type Screen, type Size } from '../../src/cli/terminal/screen.ts'
import { widthOf } from '../../src/cli/terminal/width.ts'
import { listing, NOW, plan, showing, view } from './view.ts'

const ESC = '\u001b'
const SIZE: Size = { columns: 80, rows: 30 }
const textOf = (screen: Screen, size = SIZE) =>
  render(screen, size)
    .map(({ text }) => text)
    .join('\n')

/** Every line that scrolling to the end brings to the screen. */
function scrolledThrough(screen: Screen, size: Size): Set<string> {
  const seen = new Set<string>()
  let at = screen
  for (const _ of contentOf(screen, size)) {
    for (const { text } of render(at, size)) seen.add(text)
    at = scrolled(at, 1, size)
  }
  return seen
}

test('an approval shows its warnings first, then risk, summary, who asked, blast radius, diff, undo and policy', () => {
  const text = textOf(showing(view()))
  const order = [
    '! WARNING (high): Nothing is left',
    'Risk: HIGH',
    'Scale Deployment shop/web from 2 to 0',
    'expires in 50m 0s',
    'Asked by agent claude at 2026-11-22T19:50',
    'Blast radius: 2 pods go, 0 come back',
    'Blast radius: Service shop/web is left without endpoints',
    '- spec.replicas: 2',
    '+ spec.replicas: 0',
    'Undo: infra.k8s.deployments.scaleDeployment',
    'cannot bring back: logs of the pods',
    'Votes: 0 of 1',
    'Digest sha256:d1',
  ]
  const places = order.map((each) => text.indexOf(each))
  assert.ok(!places.includes(-1), `missing: ${order.filter((each) => !text.includes(each)).join(' | ')}\n${text}`)
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})

test('risk and diff have their colours, and without colours no escape sequence is written', () => {
  const lines = render(showing(view()), SIZE)
  const colored = painted(lines, true).join('\n')
  assert.ok(colored.includes(`${ESC}[31mRisk: HIGH`))
  assert.ok(colored.includes(`${ESC}[31m  - spec.replicas: 2`))
  assert.ok(colored.includes(`${ESC}[32m  + spec.replicas: 0`))
  assert.ok(!painted(lines, false).join('\n').includes(ESC))
})

const LONG = Array.from({ length: 60 }, (_, index) => ({
  path: `spec.field${index}`,
  op: 'change' as const,
  from: `old value number ${index} that is long enough to be wrapped around on a narrow terminal`,
  to: `new value ${index}`,
}))
const large = () =>
  view({
    plan: plan({ diff: [{ target: 'Deployment shop/web', action: 'change', changes: LONG, cut: 7, dryRun: false }] }),
  })

for (const size of [SIZE, { columns: 40, rows: 12 }, { columns: 20, rows: 6 }, { columns: 200, rows: 50 }]) {
  const where = `${size.columns} columns and ${size.rows} rows`
  test(`with ${where} no line is longer than the terminal, and there are as many as it has`, () => {
    for (const screen of [
      listing([]),
      listing([view(), large()]),
      showing(large()),
      showing(view(), { notice: { text: 'n'.repeat(300), style: 'high' } }),
    ]) {
      const lines = render(screen, size)
      assert.equal(lines.length, size.rows)
      for (const { text } of lines) assert.ok(widthOf(text) <= size.columns, `${widthOf(text)}: ${text}`)
    }
  })

  test(`with ${where} every change of a long diff comes to the screen, and what is below is said`, () => {
    assert.match(textOf(showing(large()), size), /more below|lines 1-\d+ of \d+/)
    const content = contentOf(showing(large()), size)
    const seen = scrolledThrough(showing(large()), size)
    for (const { text } of content) assert.ok(seen.has(text), text)
    const all = content.map(({ text }) => text.replaceAll(/\s+/g, '')).join('')
    for (const { path, to } of LONG) assert.ok(all.includes(`+${path}:${to.replaceAll(' ', '')}`), path)
    assert.ok(all.includes('7morechangesarenotshown'))
  })
}

test('what steers a terminal or turns the direction of text is written out, and takes no line of its own', () => {
  const evil = 'Delete pod a\u202egpj.exe\u200b \u001b[2J\u001b]0;title\u0007 b\r\nRisk: LOW\ttab'
  const text = textOf(showing(view({ summary: evil, requester: { kind: 'agent', subject: evil } })))
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e\u200b]/u)
  assert.match(text, /a\\u202egpj\.exe\\u200b/)
  assert.doesNotMatch(text, /^Risk: LOW/m)
})

test('wide characters count as two columns, combining ones as none', () => {
  assert.deepEqual(['ab', '日本', 'e\u0301', '👍', ''].map(widthOf), [2, 4, 1, 2, 0])
  const lines = render(showing(view({ summary: '日本語'.repeat(40) })), { columns: 40, rows: 30 })
  for (const { text } of lines) assert.ok(widthOf(text) <= 40)
})

test('the list names risk, state and what would happen, and marks one', () => {
  const rows = [view(), view({ id: 'apr_other', summary: 'Delete pod shop/a', risk: 'low' })]
  const text = textOf(listing(rows, { chosen: 'apr_other' }), { columns: 120, rows: 10 })
  assert.match(text, /2 open/)
  assert.match(text, /^ {2}high +pending +50m 0s +agent:claude +Scale Deployment/m)
  assert.match(text, /^> low .*Delete pod shop\/a/m)
})

test('a list longer than the terminal scrolls with its mark', () => {
  const rows = Array.from({ length: 40 }, (_, index) => view({ id: `apr_${index}`, summary: `Change ${index}.` }))
  const text = textOf(listing(rows, { chosen: 'apr_33' }), { columns: 80, rows: 10 })
  assert.match(text, /^> .*Change 33\./m)
  assert.doesNotMatch(text, /Change 1\./)
})

test('a list that is read again keeps its mark; where the marked one is gone the next one has it', () => {
  const [a, b, c] = [view({ id: 'a' }), view({ id: 'b' }), view({ id: 'c' })]
  const screen = listing([a, b, c], { chosen: 'b' })
  assert.equal(withRows(screen, [c, b, a], false).chosen, 'b')
  assert.equal(withRows(screen, [a, c], false).chosen, 'c')
  assert.equal(withRows(screen, [], false).chosen, undefined)
})

test('where it stands is live: an approval that runs shows its steps, one that ended what came of it', () => {
  const running = view({ state: 'executing', progress: { done: 2, total: 5, message: 'evicted shop/a' } })
  assert.match(textOf(withShown(showing(view()), running)), /State: executing, 2 of 5 steps: evicted shop\/a/)
  const ended = view({ state: 'succeeded', result: { replicas: 0 } })
  assert.match(textOf(withShown(showing(view()), ended)), /State: succeeded\nResult: \{\n +"replicas": 0/)
  const stale = view({ state: 'stale', differs: ['spec.replicas is 5 and was 2'] })
  assert.match(textOf(withShown(showing(view()), stale)), /~ differs: spec\.replicas is 5 and was 2/)
})

test('the time that is left runs down', () => {
  assert.match(textOf(showing(view(), { now: NOW + 49 * 60_000 + 50_000 })), /expires in 10s/)
  assert.match(textOf(showing(view(), { now: NOW + 51 * 60_000 })), /its time is over/)
})

test('a lost connection is said', () => {
  assert.match(textOf(listing([view()], { connected: false })), /no connection/)
})
