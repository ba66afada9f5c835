import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithoutBrowser } from '../http/browser.ts'
import { browser, open, violations } from './chromium.ts'
import { HOSTILE, site } from './fixture.ts'

const skip = skipWithoutBrowser()

const PAGES = [
  '/',
  '/docs',
  '/docs/troubleshooting/crash-loop',
  '/api',
  '/api/Deployment.v1.apps',
  '/search',
  '/search?q=crash',
  '/templates',
  '/templates/configmap',
]
const ERRORS = ['/docs/troubleshooting/crash-lop', '/api/Deploymnt', '/nothing']

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1280, 390])
    test(`pages are accessible and fit: ${colorScheme}, ${width} pixels`, { skip }, async (t) => {
      await using door = await site()
      const { page, faults } = await open(await browser(t), { colorScheme, viewport: { width, height: 800 } })
      for (const path of [...PAGES, ...ERRORS]) {
        await page.goto(door.url + path)
        assert.deepEqual(await violations(page), [], path)
        const beyond = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        assert.equal(beyond, 0, `${path} scrolls sideways`)
      }
      // A page that is an error is one to the browser too.
      assert.deepEqual(
        faults.filter((each) => !each.includes('404')),
        [],
      )
    })

test('at 200 % nothing scrolls sideways and everything is there', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 })
  for (const path of PAGES) {
    await page.goto(door.url + path)
    const beyond = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    assert.equal(beyond, 0, path)
    assert.ok(await page.locator('h1').isVisible(), path)
  }
})

test('without JavaScript one reads, finds and follows the tree', { skip }, async (t) => {
  await using door = await site()
  const { page, faults } = await open(await browser(t), { javaScriptEnabled: false })
  await page.goto(door.url)
  await page.locator('#start-search').fill('CrashLoopBackOff')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.locator('.hits a').first().click()
  assert.match(page.url(), /\/docs\/troubleshooting\/crash-loop/)
  assert.match(await page.locator('.prose').innerText(), /the fault/i)
  await page.locator('#k-tree').getByText('Liveness probe fails').click()
  assert.match(await page.locator('h1').innerText(), /Liveness/)
  await page.goto(`${door.url}/templates/configmap`)
  await page.locator('#p-name').fill('other')
  await page.getByRole('button', { name: 'Show the manifest' }).click()
  assert.match(await page.locator('#yaml').innerText(), /name: other/)
  assert.deepEqual(faults, [])
})

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

test('a block of code is copied as it is', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto(`${door.url}/docs/troubleshooting/crash-loop`)
  const block = page.locator('.copyable').first()
  await block.hover()
  await block.getByRole('button', { name: 'Copy' }).click()
  await block.getByText('Copied').waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), await block.locator('pre').textContent())
})

for (const javaScriptEnabled of [true, false])
  test(`a link to a field opens the tree there${javaScriptEnabled ? '' : ', without JavaScript too'}`, {
    skip,
  }, async (t) => {
    await using door = await site()
    const { page, faults } = await open(await browser(t), { javaScriptEnabled })
    await page.goto(`${door.url}/api/Deployment.v1.apps#spec.strategy.rollingUpdate.maxSurge`)
    await page.getByText('maxSurge', { exact: true }).first().waitFor({ state: 'visible' })
    assert.deepEqual(faults, [])
  })

test('a link to a field too deep for the page of its kind leads to it', { skip }, async (t) => {
  await using door = await site()
  const { page, faults } = await open(await browser(t))
  await page.goto(`${door.url}/api/Pod.v1#spec.containers.securityContext.capabilities.drop`)
  await page.waitForURL(/path=spec.containers.securityContext/)
  await page.getByText('drop', { exact: true }).first().waitFor({ state: 'visible' })
  assert.deepEqual(faults, [])
})

test('a list has room for one more entry as it is filled', { skip }, async (t) => {
  await using door = await site()
  const { page, faults } = await open(await browser(t))
  await page.goto(`${door.url}/templates/configmap`)
  await page.getByLabel('data 3').fill('a=1')
  await page.getByLabel('data 4').fill('b=2')
  await page.locator('#yaml', { hasText: 'b: "2"' }).waitFor()
  assert.deepEqual(await violations(page), [])
  for (const field of await page.locator('[name=data]').all()) await field.fill('')
  await page.locator('#yaml', { hasText: 'data: {}' }).waitFor()
  await page.reload()
  assert.match(await page.locator('#yaml').innerText(), /data: \{\}/)
  assert.deepEqual(faults, [])
})

test('on paper there is what one reads', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { viewport: { width: 700, height: 900 } })
  await page.emulateMedia({ media: 'print' })
  for (const path of ['/docs/troubleshooting/crash-loop', '/templates/configmap', '/api/Pod']) {
    await page.goto(door.url + path)
    assert.ok(await page.locator('h1').isVisible(), path)
    assert.equal(
      await page.locator('header.top, .tree, .contents, form, .copy, footer').filter({ visible: true }).count(),
      0,
    )
    const beyond = await page.evaluate(
      'Math.max(0, ...[...document.querySelectorAll("pre")].map((each) => each.scrollWidth - each.clientWidth))',
    )
    assert.equal(beyond, 0, `${path}: code is cut off`)
  }
})

test('the theme that was chosen stays, and is all that is kept', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { colorScheme: 'light' })
  await page.goto(door.url)
  await page.getByRole('button', { name: /^Theme/ }).click()
  await page.getByRole('button', { name: /^Theme/ }).click()
  await page.goto(`${door.url}/docs`)
  assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
  assert.equal(await page.evaluate('getComputedStyle(document.body).colorScheme'), 'dark')
  assert.equal(await page.evaluate('JSON.stringify(localStorage)'), '{"theme":"dark"}')
  assert.deepEqual(await page.context().cookies(), [])
})

test('the manifest of a template follows what is typed, and a bad value is said', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t))
  await page.goto(`${door.url}/templates/configmap`)
  await page.locator('#p-name').fill('mine')
  await page.locator('#yaml', { hasText: 'name: mine' }).waitFor()
  assert.match(
    await page.locator('#command').innerText(),
    /^curl -sf 'http:\/\/127\.0\.0\.1:8008\/templates\/configmap\?.*name=mine/,
  )
  assert.match(page.url(), /name=mine/)
  await page.locator('#p-name').fill('BAD')
  await page.locator('#fault', { hasText: 'name' }).waitFor()
  await page.locator('#p-name').fill('good')
  await page.locator('#fault').waitFor({ state: 'hidden' })
})

test('in a narrow window the tree is in a drawer', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { viewport: { width: 390, height: 800 } })
  await page.goto(`${door.url}/docs/troubleshooting/crash-loop`)
  assert.equal(await page.locator('#k-tree').isVisible(), false)
  await page.getByRole('button', { name: 'Pages' }).click()
  assert.ok(await page.locator('#k-tree').isVisible())
  assert.deepEqual(await violations(page), [])
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('#k-tree').isVisible(), false)
})

test('no text from outside becomes markup, script or an address', { skip }, async (t) => {
  await using door = await site()
  const { page, faults } = await open(await browser(t))
  const paths = [
    '/docs/hostile',
    '/hostile-kind',
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
