import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmQuestion, type Key, type Pressed, press, scrolled } from '../../src/cli/terminal/keys.ts'
import { withShown } from '../../src/cli/terminal/news.ts'
import { render, type Screen } from '../../src/cli/terminal/screen.ts'
import { listing, plan, showing, view } from './view.ts'

const SIZE = { columns: 80, rows: 40 }

const keyOf = (key: string, pasted: boolean): Key =>
  key.length === 1 ? { name: key, text: key, ctrl: false, pasted } : { name: key, text: '', ctrl: false, pasted }

/** Presses keys one after the other: single characters, or names of keys in angle brackets. */
function pressed(screen: Screen, keys: string, { pasted = false, size = SIZE } = {}): Pressed {
  let at: Pressed = { screen: scrolled(screen, 0, size) }
  for (const [, name, character] of keys.matchAll(/<(\w+)>|([^<])/gs)) {
    assert.equal(at.command, undefined, 'a command came before the last key')
    at = press(at.screen, keyOf(name ?? character ?? '', pasted), size)
  }
  return at
}

const APPROVE = { do: 'approve', id: 'apr_abcdefgh1234', digest: 'sha256:d1', confirm: false }

test('a then y approves the digest that is on the screen', () => {
  assert.deepEqual(pressed(showing(view()), 'ay').command, APPROVE)
})

for (const other of ['n', '<return>', '<escape>', 'q', ' ', 'a']) {
  test(`a then ${other} approves nothing`, () => {
    const { screen, command } = pressed(showing(view()), `a${other}`)
    assert.equal(command, undefined)
    assert.equal(screen.question, undefined)
    assert.match(screen.notice?.text ?? '', /Nothing was done/)
  })
}

test('nothing that is pasted approves', () => {
  assert.equal(pressed(showing(view()), 'ay', { pasted: true }).command, undefined)
  const asked = pressed(showing(view()), 'a').screen
  assert.equal(pressed(asked, 'y', { pasted: true }).command, undefined)
})

test('a question about an approval that changed meanwhile is withdrawn', () => {
  const asked = pressed(showing(view()), 'a').screen
  const changed = withShown(asked, view({ digest: 'sha256:d2' }))
  assert.equal(changed.question, undefined)
  assert.match(changed.notice?.text ?? '', /look again/)
  assert.equal(pressed(changed, 'y').command, undefined)
  const ended = withShown(asked, view({ state: 'denied' }))
  assert.equal(ended.question, undefined)
})

test('a question stays where only a vote came in', () => {
  const asked = pressed(showing(view()), 'a').screen
  const voted = withShown(asked, view({ version: 4 }))
  assert.deepEqual(pressed(voted, 'y').command, APPROVE)
})

test('whoever has not seen every line is told so when they approve', () => {
  const changes = Array.from({ length: 80 }, (_, index) => ({ path: `f${index}`, op: 'add' as const, to: 'x' }))
  const long = view({ plan: plan({ diff: [{ target: 'ConfigMap a', action: 'change', changes, dryRun: true }] }) })
  assert.match(pressed(showing(long), 'a').screen.question?.text ?? '', /\d+ of its lines were not on the screen yet/)
  assert.doesNotMatch(pressed(showing(long), 'Ga').screen.question?.text ?? '', /not on the screen/)
  assert.doesNotMatch(pressed(showing(view()), 'a').screen.question?.text ?? '', /not on the screen/)
})

test('one’s own request needs the last four characters of its id', () => {
  const asked = { ...showing(view()), question: confirmQuestion(view()) }
  assert.deepEqual(pressed(asked, '1234<return>').command, { ...APPROVE, confirm: true })
  const wrong = pressed(asked, 'y<return>')
  assert.equal(wrong.command, undefined)
  assert.match(wrong.screen.notice?.text ?? '', /nothing was approved/)
  assert.equal(pressed(asked, '1234<escape>').command, undefined)
})

test('d asks for a reason, and denies with it', () => {
  const { command } = pressed(showing(view()), 'dtoo riskyy<backspace><return>')
  assert.deepEqual(command, { do: 'deny', id: 'apr_abcdefgh1234', reason: 'too risky' })
  const without = pressed(showing(view()), 'd <return>')
  assert.equal(without.command, undefined)
  assert.match(without.screen.notice?.text ?? '', /reason is needed/)
})

test('a reason may be pasted, and its line ends send nothing', () => {
  const asked = pressed(showing(view()), 'd').screen
  const { screen, command } = pressed(asked, 'no\n<return>way', { pasted: true })
  assert.equal(command, undefined)
  assert.match(screen.question?.kind === 'words' ? screen.question.typed : '', /no\s+way/)
})

test('keys that make no sense in a state say why and do nothing', () => {
  const ended = showing(view({ state: 'denied' }))
  for (const key of ['a', 'd', 'c', 'u', 'r']) {
    const { screen, command } = pressed(ended, key)
    assert.equal(command, undefined)
    assert.match(screen.notice?.text ?? '', /denied/, key)
  }
})

test('u asks for the undo of one that is done; where that takes several requests, for which', () => {
  assert.deepEqual(pressed(showing(view({ state: 'succeeded' })), 'uy').command, {
    do: 'undo',
    id: 'apr_abcdefgh1234',
    part: 1,
  })
  const two = view({ state: 'succeeded', plan: plan({ undo: { operation: 'x', parts: 2, loses: [] } }) })
  assert.deepEqual(pressed(showing(two), 'u2<return>').command, { do: 'undo', id: 'apr_abcdefgh1234', part: 2 })
  assert.equal(pressed(showing(two), 'u3<return>').command, undefined)
})

test('r says what became of one whose outcome is unknown, and how that is known', () => {
  const { command } = pressed(showing(view({ state: 'outcome_unknown' })), 'rslooked<return>')
  assert.deepEqual(command, { do: 'resolve', id: 'apr_abcdefgh1234', outcome: 'succeeded', reason: 'looked' })
})

test('in the list, arrows and j k move, enter shows, tab lists all, q leaves', () => {
  const screen = listing([view({ id: 'a' }), view({ id: 'b' }), view({ id: 'c' })])
  assert.equal(pressed(screen, 'j<down>').screen.chosen, 'c')
  assert.equal(pressed(screen, 'jjjjk').screen.chosen, 'b')
  assert.deepEqual(pressed(screen, 'j<return>').command, { do: 'open', id: 'b' })
  assert.deepEqual(pressed(screen, '<tab>').command, { do: 'list' })
  assert.equal(pressed(screen, '<tab>').screen.all, true)
  assert.deepEqual(pressed(screen, 'q').command, { do: 'quit' })
  assert.equal(pressed(showing(view()), 'q').screen.shown, undefined)
})

test('control-C leaves from everywhere, and decides nothing', () => {
  const leave: Key = { name: 'c', text: '', ctrl: true, pasted: false }
  for (const screen of [
    listing([]),
    showing(view()),
    pressed(showing(view()), 'a').screen,
    pressed(showing(view()), 'd').screen,
  ])
    assert.deepEqual(press(screen, leave, SIZE).command, { do: 'quit' })
})

test('the keys that are offered are those that do something', () => {
  const last = (screen: Screen) => render(screen, SIZE).at(-1)?.text ?? ''
  assert.match(last(showing(view())), /a: approve {2}d: deny {2}c: cancel/)
  assert.doesNotMatch(last(showing(view({ state: 'succeeded' }))), /approve|deny|cancel/)
  assert.match(last(showing(view({ state: 'succeeded' }))), /u: undo/)
})
