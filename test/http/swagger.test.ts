import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openPage, type Page, skipWithoutBrowser } from './browser.ts'
import { ask, listening, pages } from './fixture.ts'

/** Waits until an expression in the page has a value; fails after twenty seconds. */
async function shows(page: Page, expression: string, wanted: unknown): Promise<void> {
  let value: unknown
  for (let turn = 0; turn < 200; turn++) {
    value = await page.evaluate(expression)
    if (value === wanted) return
    await delay(100)
  }
  assert.fail(`${expression} is ${String(value)}, not ${String(wanted)}`)
}

const clickAll = (selector: string) => `document.querySelectorAll('${selector}').forEach((each) => each.click())`
const count = (selector: string) => `document.querySelectorAll('${selector}').length`

test('every operation can be tried in Swagger UI, under a policy without inline code or style', {
  skip: skipWithoutBrowser(),
}, async () => {
  await using door = await listening()
  await using page = await openPage(`${door.url}/swagger`)
  const all = pages.length + 4
  await shows(page, count('.opblock'), all)
  await page.evaluate(clickAll('.opblock-summary-control'))
  await shows(page, count('button.execute'), all)
  await page.evaluate(`document.querySelector('button.execute').click()`)
  await shows(
    page,
    `document.querySelector('.live-responses-table pre')?.innerText.replaceAll(/\\s/g, '')`,
    '{"got":{"limit":100}}',
  )
  assert.deepEqual(page.faults, [])
})

test('the policy of Swagger UI allows its own files and nothing else', async () => {
  await using door = await listening()
  for (const path of ['/swagger', '/swagger/static/swagger-ui.css', '/swagger/static/swagger-initializer.js']) {
    const { status, headers } = await ask(door.port, path)
    assert.equal(status, 200, path)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|http|\*/)
  }
})
