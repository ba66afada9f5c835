import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithoutBrowser } from '../http/browser.ts'
import { browser, open, violations } from './chromium.ts'
import { connected, site } from './fixture.ts'
import { waiting } from './waiting.ts'
import { ERRORS, PAGES } from './every-page.ts'

const skip = skipWithoutBrowser()
for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1280, 390])
    test(`pages are accessible and fit: ${colorScheme}, ${width} pixels`, { skip }, async (t) => {
      await using door = await site()
      waiting.open = 3
      connected.to = {
        name: 'arn:aws:eks:eu-west-1:123456789012:cluster/production',
        namespace: 'a-long-namespace-of-a-team',
      }
      t.after(() => {
        connected.to = undefined
      })
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
        faults.filter((each) => !/status of (?:40[034]|50[03])/.test(each)),
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
    /^curl -sf 'http:\/\/k8s\.test:8443\/templates\/configmap\?.*name=mine/,
  )
  assert.match(page.url(), /name=mine/)
  await page.locator('#p-name').fill('BAD')
  await page.locator('#fault', { hasText: 'name' }).waitFor()
  await page.locator('#p-name').fill('good')
  await page.locator('#fault').waitFor({ state: 'hidden' })
})

test('in a narrow window a bad value is said where one types', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t), { viewport: { width: 390, height: 800 } })
  await page.goto(`${door.url}/templates/deployment`)
  await page.locator('#p-name').fill('BAD')
  const fault = page.locator('#fault', { hasText: 'name must be' })
  await fault.waitFor()
  assert.ok(await fault.evaluate((element) => element.getBoundingClientRect().bottom <= innerHeight))
  assert.deepEqual(await violations(page), [])
})

test('long names in tables break where their parts end, and are copied whole', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t))
  await page.goto(`${door.url}/docs/reference/operations`)
  const name = page.locator('td code', { hasText: 'k8s_cluster_get_current_context' }).first()
  assert.equal(await name.textContent(), 'k8s_cluster_get_current_context')
  assert.equal(await name.locator('wbr').count(), 4)
  const lines = await name.evaluate((element) => new Set([...element.getClientRects()].map(({ top }) => top)).size)
  assert.ok(lines > 1 && lines < 5, `${lines} lines`)
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

test('who wants no motion gets none', { skip }, async (t) => {
  await using door = await site()
  const { page } = await open(await browser(t))
  const moving = `[...document.querySelectorAll('*')].filter((each) => {
    const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(each)
    return /[1-9]/.test(transitionDuration) || animationName !== 'none' || scrollBehavior !== 'auto'
  }).length`
  const count = async (reducedMotion: 'reduce' | 'no-preference', path: string) => {
    await page.emulateMedia({ reducedMotion })
    await page.goto(door.url + path)
    await page.locator('.theme').waitFor()
    return Number(await page.evaluate(moving))
  }
  assert.ok((await count('no-preference', '/docs/troubleshooting/crash-loop')) > 0)
  for (const path of [...PAGES, ...ERRORS, '/docs/troubleshooting/crash-loop'])
    assert.equal(await count('reduce', path), 0, path)
})
