import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainText } from '../../src/services/safety/visible-text.ts'

const ESC = '\u001b'

test('sequences that steer a terminal are taken out', () => {
  for (const sequence of [
    `${ESC}[31m`,
    `${ESC}[0m`,
    `${ESC}[1;38;5;208m`,
    `${ESC}[2J`,
    `${ESC}[H`,
    `${ESC}[?25l`,
    `${ESC}[6n`,
    '\u009b31m',
    `${ESC}]0;title\u0007`,
    `${ESC}]8;;https://evil.example${ESC}\\`,
    `${ESC}]52;c;cm0gLXJm\u0007`,
    `${ESC}P1$r${ESC}\\`,
  ])
    assert.equal(plainText(`a${sequence}b`), 'ab')
})

test('what could hide text or turn its direction becomes an escape that everybody sees', () => {
  const seen: Readonly<Record<string, string>> = {
    '\u0000': '\\u0000',
    '\u0007': '\\u0007',
    '\u0008': '\\u0008',
    '\u007f': '\\u007f',
    '\u0085': '\\u0085',
    '\u009c': '\\u009c',
    '\u200b': '\\u200b',
    '\u200d': '\\u200d',
    '\u200e': '\\u200e',
    '\u202a': '\\u202a',
    '\u202e': '\\u202e',
    '\u2066': '\\u2066',
    '\u2069': '\\u2069',
    '\u2060': '\\u2060',
    '\ufeff': '\\ufeff',
    '\u00ad': '\\u00ad',
    '\u061c': '\\u061c',
    '\u180e': '\\u180e',
    '\u2028': '\\u2028',
    '\u2029': '\\u2029',
    '\u3164': '\\u3164',
    '\u2800': '\\u2800',
    '\u{e0041}': '\\u{e0041}',
    '\ud800': '\\ud800',
    '\udc00': '\\udc00',
    '\u{e0100}': '\\u{e0100}',
    '\ufe00': '\\ufe00',
    '\ufe0f': '\\ufe0f',
    '\r': '\\u000d',
  }
  for (const [character, escape] of Object.entries(seen)) assert.equal(plainText(`a${character}b`), `a${escape}b`)
})

test('a sequence put together by taking another one out steers nothing', () => {
  assert.equal(plainText(`${ESC}${ESC}[0m[31mred`), '\\u001b[31mred')
  assert.equal(plainText(`${ESC}]no end`), '\\u001b]no end')
  assert.equal(plainText(`${ESC}]${'x'.repeat(3000)}\u0007`), `\\u001b]${'x'.repeat(3000)}\\u0007`)
})

test('ordinary text stays as it is: lines, tabs, every script, emoji with their presentation', () => {
  for (const text of ['', 'plain', 'a\n\tb', 'Grüße, мир, 世界, שלום, مرحبا', '👍🏽 ❤️ ☎︎ 🇩🇪', 'é e\u0301', '\\u202e'])
    assert.equal(plainText(text), text)
})

test('the line ends of Windows become line breaks', () => {
  assert.equal(plainText('a\r\nb\r\n'), 'a\nb\n')
  assert.equal(plainText('progress 10%\rprogress 20%'), 'progress 10%\\u000dprogress 20%')
})

const UNSEEN = /[\p{Cf}\p{Cs}]|(?![\n\t])\p{Cc}/u

test('nothing unseen is left, whatever the text, and a second time changes nothing', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(ESC, '[', ']', '\u009b', '\u202e', '\u0007', '\\', '\r', '\ufe0f', '1;2m'),
  )
  fc.assert(
    fc.property(fc.array(unit), (parts) => {
      const shown = plainText(parts.join(''))
      assert.doesNotMatch(shown, UNSEEN)
      assert.equal(plainText(shown), shown)
    }),
  )
})

test('a binary file of 1 MB is made visible in a moment', () => {
  for (const unit of [ESC, `${ESC}[`, `${ESC}]x`, '\u009d', '\u200b', '\r', '\ufe0f', '\ud800', 'x']) {
    const text = unit.repeat(1_000_000 / unit.length)
    const start = process.cpuUsage()
    plainText(text)
    assert.ok(process.cpuUsage(start).user < 400_000, JSON.stringify(unit))
  }
})
