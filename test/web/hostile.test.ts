import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithoutBrowser } from '../http/browser.ts'
import { browser, open } from './chromium.ts'
import { site } from './fixture.ts'
import { HOSTILE } from './hostile-texts.ts'
import { waiting } from './waiting.ts'

const skip = skipWithoutBrowser()

test('no text from outside becomes markup, script or an address', { skip }, async (t) => {
  await using door = await site()
  waiting.open = 2
  const { page, faults } = await open(await browser(t))
  const paths = [
    '/docs/hostile',
    '/hostile-kind',
    '/approvals',
    '/approvals/apr_0',
    '/templates',
    '/templates/configmap',
    '/search?q=hostilewords',
    ...HOSTILE.flatMap((text) =>
      [`/search?q=`, '/api/', '/api/Pod?path=', '/docs/', '/templates/configmap?name='].map(
        (path) => path + encodeURIComponent(text),
      ),
    ),
  ]
  await page.route(/^(?!http:\/\/127\.0\.0\.1)/, (route) => {
    faults.push(`asked for ${route.request().url()}`)
    return route.abort()
  })
  page.on('dialog', (dialog) => {
    faults.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  for (const path of paths) {
    const answer = await page.goto(door.url + path)
    assert.match(answer?.headers()['content-type'] ?? '', /^text\/html/, path)
    assert.notEqual(await page.title(), 'broken', path)
    const inside = `main :is(script, iframe, style, img, svg, object, embed, [style], [onerror], [onload], [onfocus], [onmouseover], a[href^="javascript:"], a[href^="data:"], a[href^="//"])`
    assert.equal(await page.locator(inside).count(), 0, path)
  }
  assert.deepEqual(
    faults.filter((each) => !/status of 40[04]/.test(each)),
    [],
  )
})
