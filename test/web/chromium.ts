import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Ends } from '../support/ends.ts'

/** Debian's Chromium. It ends with the test. */
export async function browser(t: Ends): Promise<Browser> {
  const started = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  t.after(() => started.close())
  return started
}

export interface Tab {
  page: Page
  /** What the browser complained about: refusals of the policy, failed requests, exceptions. */
  faults: string[]
}

/** A page of its own, with what the browser says against it. */
export async function open(from: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await from.newContext(options)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  return { page, faults }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds wrong with a page as it is: each rule with where. */
export async function violations(page: Page): Promise<string[]> {
  // By the debugger, which no policy of the page keeps out.
  await page.evaluate(AXE)
  const found: unknown = await page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ' ' + failureSummary)))`,
  )
  return Array.isArray(found) ? found.map(String) : ['axe-core gave no answer']
}
