import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { skipWithoutBrowser } from '../http/browser.ts'
import { until } from '../support/until.ts'
import { browser, open, violations } from './chromium.ts'
import { ERRORS, PAGES } from './every-page.ts'
import { site } from './fixture.ts'

const skip = skipWithoutBrowser()

test('one searches with the keyboard alone', { skip }, async (t) => {
  await using door = await site()
  const { page, faults } = await open(await browser(t))
  await page.goto(`${door.url}/docs`)
  await page.keyboard.press('/')
  const answered = page.waitForResponse((response) => response.url().includes('q=CrashLoopBa&'))
  await page.keyboard.type('CrashLoopBa')
  await answered
  await page.locator('#top-search-list [role=option]').first().waitFor()
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.locator('#top-search').getAttribute('aria-activedescendant'), 'top-search-list-0')
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('Enter')
  await page.waitForURL(/troubleshooting\/crash-loop/)
  await page.keyboard.press('/')
  await page.keyboard.type('liveness')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/search\?q=liveness/)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  const first = await page.locator('.hits a').first().getAttribute('href')
  assert.equal(await page.evaluate(`document.activeElement.getAttribute('href')`), first)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => `${url.pathname}${url.hash}` === first)
  await page.keyboard.press('?')
  assert.ok(await page.getByRole('dialog', { name: 'Keys' }).isVisible())
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  assert.deepEqual(faults, [])
})

test('Escape closes the suggestions first, then leaves the search', { skip }, async (t) => {
  await using door = await site()
  const { page, faults } = await open(await browser(t))
  await page.goto(`${door.url}/docs`)
  await page.keyboard.press('/')
  await page.keyboard.type('crash')
  await page.locator('#top-search-list [role=option]').first().waitFor()
  await page.keyboard.press('ArrowUp')
  const last = await page.locator('#top-search-list [role=option]').last().getAttribute('id')
  assert.equal(await page.locator('#top-search').getAttribute('aria-activedescendant'), last)
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.locator('#top-search').getAttribute('aria-activedescendant'), 'top-search-list-0')
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('#top-search-list').isVisible(), false)
  assert.equal(await page.evaluate('document.activeElement.id'), 'top-search')
  assert.equal(await page.locator('#top-search').inputValue(), 'crash')
  await page.keyboard.press('Escape')
  assert.notEqual(await page.evaluate('document.activeElement.id'), 'top-search')
  assert.deepEqual(faults, [])
})

/** What has the focus: its name as people hear it, and whether one sees where it is; null: the page itself. */
const FOCUSED = `(() => {
  const at = document.activeElement
  if (at === document.body) return null
  const { outlineStyle, outlineWidth } = getComputedStyle(at)
  const { width, height, bottom, right } = at.getBoundingClientRect()
  return {
    name: at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent.trim(),
    seen: width > 0 && height > 0 && bottom > 0 && right > 0 && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
  }
})()`

interface Stop {
  name: string
  seen: boolean
}

const isStop = (value: unknown): value is Stop =>
  typeof value === 'object' && value !== null && 'name' in value && 'seen' in value

/** The stops of the Tab key from the top, at most so many. */
async function stopsOf(page: Page, most: number): Promise<Stop[]> {
  const stops: Stop[] = []
  while (stops.length < most) {
    await page.keyboard.press('Tab')
    const focused: unknown = await page.evaluate(FOCUSED)
    if (!isStop(focused)) return stops
    stops.push(focused)
  }
  return stops
}

test('by keyboard the first stop leads past the header, and one sees each', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t))
  for (const path of [...PAGES, ...ERRORS]) {
    await page.goto(door.url + path)
    await page.locator('.theme').waitFor()
    const stops = await stopsOf(page, 14)
    assert.ok(stops.length > 5, path)
    assert.equal(stops[0]?.name, 'Skip to the content', path)
    assert.deepEqual(
      stops.filter(({ name, seen }) => name === '' || !seen),
      [],
      path,
    )
    await page.goto(door.url + path)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate('document.activeElement.id'), 'k-main', path)
  }
})

test('a block of code is copied by keyboard, and the button is seen then', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(`${door.url}/docs/troubleshooting/crash-loop`)
  const block = page.locator('.copyable').first()
  await block.locator('pre').focus()
  await page.keyboard.press('Tab')
  const made = block.getByRole('button', { name: 'Copy' })
  assert.ok(await made.evaluate((element) => element === document.activeElement))
  await until(
    'the button is seen',
    async () => (await made.evaluate((element) => getComputedStyle(element).opacity)) === '1',
  )
  await page.keyboard.press('Enter')
  await block.getByText('Copied').waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), await block.locator('pre').textContent())
})
