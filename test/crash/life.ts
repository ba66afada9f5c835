import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Failpoint } from '../../src/services/approvals/failpoints.ts'
import { isRecord } from '../cluster/client.ts'
import { scalarAt, textAt } from '../support/json.ts'
import type { Variant } from './broken.ts'

const CHILD = join(import.meta.dirname, 'child.ts')
// A life is short: less collecting of garbage starts it sooner.
const FLAGS = ['--disable-sigusr1', '--max-semi-space-size=32']

/** How a server is started. */
export interface LifeOptions {
  /** Settings of the server, as environment variables. */
  settings: Readonly<Record<string, string>>
  /** Milliseconds in which a write that was sent can still arrive. */
  late: number
  /** Dies when it comes here, the n-th time; from its start on. */
  at?: At
  /** Stays here so many milliseconds, each time. */
  slow?: { point: Failpoint; milliseconds: number }
  /** Milliseconds by which its clock is wrong. */
  clock?: number
  variant?: Variant | undefined
  /** People to make tokens for. */
  people?: readonly string[]
  /** Program and arguments to start it under (`strace -o ...`). */
  under?: readonly string[]
}

export interface At {
  point: Failpoint
  nth: number
}

/** One life of the server: a process of its own that can be told where to die. */
export class Life {
  readonly #child: ChildProcess
  readonly #told: string[] = []
  #pid: number
  /** Resolves when it begins to put itself together. Rejects when it ends before. */
  readonly starting: Promise<void>
  /** Its address, and the tokens that it made. Rejects when it ends before. */
  readonly serving: Promise<{ url: string; tokens: Record<string, string> }>
  readonly ended: Promise<void>

  constructor({ settings, late, at, slow, clock = 0, variant, people = [], under = [] }: LifeOptions) {
    const [program, ...args] = [...under, process.execPath, ...FLAGS, CHILD]
    const env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      WEBCONTROL_PORT: '0',
      NODE_ENV: 'test',
      ...settings,
      CRASH_LATE: String(late),
      CRASH_CLOCK: String(clock),
      CRASH_PEOPLE: people.join(','),
      ...(at === undefined ? {} : { CRASH_AT: textOf(at) }),
      ...(slow === undefined ? {} : { CRASH_SLOW: `${slow.point}:${slow.milliseconds}` }),
      ...(variant === undefined ? {} : { CRASH_VARIANT: variant }),
    }
    this.#child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#told.push(text))
    this.ended = once(this.#child, 'close').then(() => undefined)
    this.#pid = this.#child.pid ?? 0
    this.starting = this.#hears('starting').then((message) => void (this.#pid = Number(scalarAt(message, 'starting'))))
    this.serving = this.#hears('url').then((message) => ({ url: textAt(message, 'url'), tokens: tokensIn(message) }))
    // Whoever does not wait for these must not be told that they never came.
    this.starting.catch(() => undefined)
    this.serving.catch(() => undefined)
  }

  /** The server's own process id, also where it runs under another program. */
  get pid(): number {
    return this.#pid
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  /** What it wrote so far. */
  get told(): string {
    return this.#told.join('')
  }

  /** From now on: dies when it comes here, the n-th time. */
  arm(at: At): void {
    this.#send({ at: textOf(at) })
  }

  /** Makes its clock wrong by so many milliseconds. */
  setClock(milliseconds: number): void {
    this.#send({ clock: milliseconds })
  }

  /** SIGKILL; resolves when it is dead. */
  async kill(): Promise<void> {
    await this.#signal('SIGKILL')
  }

  /** SIGTERM; resolves when it has ended by itself. */
  async stop(): Promise<void> {
    await this.#signal('SIGTERM')
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) process.kill(this.#pid, signal)
    await this.ended
  }

  #send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #hears(field: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#child.on('message', (message: unknown) => {
        if (isRecord(message) && field in message) resolve(message)
      })
      this.#child.on('error', reject)
      void this.ended.then(() => reject(new Gone(`it ended before it told of its ${field}: ${this.told.slice(-2000)}`)))
    })
  }
}

/** The server is not there, or has died in the middle of an answer. */
export class Gone extends Error {}

const textOf = ({ point, nth }: At) => `${point}:${nth}`

function tokensIn(message: unknown): Record<string, string> {
  const tokens = isRecord(message) && isRecord(message['tokens']) ? message['tokens'] : {}
  return Object.fromEntries(Object.entries(tokens).map(([subject, token]) => [subject, String(token)]))
}
