import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// Debian's Chromium, driven over its own protocol (Chrome DevTools Protocol).

const PROGRAM = 'chromium'
export const withoutBrowser = 'needs Chromium on the PATH: apt-get install chromium'

/** Value for a test's `skip` option. */
export const skipWithoutBrowser = (): string | false =>
  spawnSync(PROGRAM, ['--version']).error === undefined ? false : withoutBrowser

export interface Page {
  /** What the browser complained about: refusals of the policy, failed requests, exceptions. */
  faults: string[]
  /** The value of an expression in the page, as JSON would have it. */
  evaluate(expression: string): Promise<unknown>
  [Symbol.asyncDispose](): Promise<void>
}

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((each, key) => (isJson(each) ? each[key] : undefined), value)

/** Opens a page in a browser of its own, which ends with its scope: `await using`. */
export async function openPage(url: string): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'))
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-port=0',
    `--user-data-dir=${folder}`,
  ]
  const browser = spawn(PROGRAM, [...options, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const { send, faults, socket } = await talk(await pageSocket(await debuggerAddress(browser)))
  for (const domain of ['Log', 'Runtime', 'Page']) await send(`${domain}.enable`, {})
  await send('Page.navigate', { url })
  return {
    faults,
    evaluate: async (expression) =>
      at(await send('Runtime.evaluate', { expression, returnByValue: true }), 'result', 'value'),
    async [Symbol.asyncDispose]() {
      socket.close()
      browser.kill()
      if (browser.exitCode === null) await once(browser, 'exit')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function debuggerAddress({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('the browser has no stderr')
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /listening on ws:\/\/([^/]+)/.exec(line) ?? []
    if (address !== undefined) return address
  }
  throw new Error('the browser ended before it listened')
}

async function pageSocket(address: string): Promise<string> {
  const pages: unknown = await (await fetch(`http://${address}/json/list`)).json()
  const found = Array.isArray(pages) ? pages.find((each) => at(each, 'type') === 'page') : undefined
  return String(at(found, 'webSocketDebuggerUrl'))
}

interface Talk {
  send: (method: string, params: Json) => Promise<unknown>
  faults: string[]
  socket: WebSocket
}

async function talk(url: string): Promise<Talk> {
  const faults: string[] = []
  const waiting = new Map<unknown, (result: unknown) => void>()
  const socket = new WebSocket(url)
  socket.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data))
    const method = at(message, 'method')
    if (method === 'Log.entryAdded') faults.push(String(at(message, 'params', 'entry', 'text')))
    if (method === 'Runtime.exceptionThrown') faults.push(String(at(message, 'params', 'exceptionDetails', 'text')))
    waiting.get(at(message, 'id'))?.(at(message, 'result'))
  })
  await once(socket, 'open')
  let last = 0
  const send = (method: string, params: Json) =>
    new Promise<unknown>((resolve) => {
      waiting.set(++last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
  return { send, faults, socket }
}
