import type { ReadStream, WriteStream } from 'node:tty'
import { Problem } from '../../errors.ts'
import { readKeys } from './input.ts'
import { confirmQuestion, type Key, press, scrolled } from './keys.ts'
import { painted, type Style } from './lines.ts'
import { withRows, withShown } from './news.ts'
import { type Command, render, type Screen, type Size, START } from './screen.ts'
import type { ApprovalService } from './service.ts'

export interface PageOptions {
  service: ApprovalService
  input: ReadStream
  output: WriteStream
  colors: boolean
  all: boolean
  /** Id of the approval to begin with. */
  first: string | undefined
}

// Another screen than the shell's, no cursor, pastes marked as such; and all of it back.
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?2004h'
const LEAVE = '\u001b[?2004l\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const REST_OF_LINE = '\u001b[K'
const REST_OF_SCREEN = '\u001b[J'
const MOST_ROWS = 500
const TICK = 1_000

/** The page of `k8s-mcp approvals` on a terminal, until somebody leaves it. */
export async function approvalsPage(options: PageOptions): Promise<void> {
  const page = new Page(options)
  try {
    await page.run()
  } finally {
    page.leave()
  }
}

class Page {
  readonly #options: PageOptions
  readonly #end = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  #screen: Screen
  #stopKeys: () => void = () => undefined
  #reading = false
  #again = false

  constructor(options: PageOptions) {
    this.#options = options
    this.#screen = { ...START, all: options.all, now: Date.now() }
  }

  async run(): Promise<void> {
    const { service, input, output, first } = this.#options
    output.write(ENTER)
    this.#stopKeys = readKeys(input, (key) => this.#press(key))
    const redraw = () => this.#show(this.#screen)
    output.on('resize', redraw)
    const clock = setInterval(() => this.#show({ ...this.#screen, now: Date.now() }), TICK)
    const end = () => this.#over.resolve()
    process.once('SIGTERM', end).once('SIGHUP', end)
    void service.watch(
      this.#end.signal,
      () => this.#refresh(),
      (connected) => this.#show({ ...this.#screen, connected }),
    )
    if (first !== undefined) this.#do({ do: 'open', id: first })
    redraw()
    await this.#over.promise
    clearInterval(clock)
    output.off('resize', redraw)
  }

  leave(): void {
    this.#end.abort()
    this.#stopKeys()
    this.#options.output.write(LEAVE)
  }

  #show(screen: Screen): void {
    const { output, colors } = this.#options
    const size = this.#size()
    this.#screen = scrolled(screen, 0, size)
    const lines = painted(render(this.#screen, size), colors)
    output.write(HOME + lines.map((each) => each + REST_OF_LINE).join('\r\n') + REST_OF_SCREEN)
  }

  // A terminal that does not say how large it is has the size of old ones.
  #size(): Size {
    const { columns, rows } = this.#options.output
    return { columns: columns || 80, rows: rows || 24 }
  }

  #press(key: Key): void {
    const { screen, command } = press(this.#screen, key, this.#size())
    this.#show(screen)
    if (command !== undefined) this.#do(command)
  }

  #do(command: Command): void {
    if (command.do === 'quit') return this.#over.resolve()
    void this.#perform(command).catch((error: unknown) => this.#tell(sentenceOf(error), 'high'))
  }

  async #perform(command: Exclude<Command, { do: 'quit' }>): Promise<void> {
    const { service } = this.#options
    if (command.do === 'list') return this.#refresh()
    if (command.do === 'open') return this.#show(withShown(this.#screen, await service.get(command.id)))
    const before = this.#screen.shown?.view
    try {
      const view = await service.decide(command)
      this.#show(withShown({ ...this.#screen, notice: { text: saidOf(command, view.id), style: 'low' } }, view))
    } catch (error) {
      if (before === undefined || !(error instanceof Problem) || error.code !== 'confirmation_needed') throw error
      this.#show({ ...this.#screen, question: confirmQuestion(before) })
    }
  }

  #tell(text: string, style: Style): void {
    this.#show({ ...this.#screen, notice: { text, style } })
  }

  // Many events at once are one reading; one that comes meanwhile is another.
  #refresh(): void {
    this.#again = true
    if (!this.#reading) void this.#read()
  }

  async #read(): Promise<void> {
    this.#reading = true
    while (this.#again) {
      this.#again = false
      await this.#readOnce().catch((error: unknown) => this.#tell(sentenceOf(error), 'high'))
    }
    this.#reading = false
  }

  async #readOnce(): Promise<void> {
    const { service } = this.#options
    const { approvals, more } = await service.list(this.#screen.all, MOST_ROWS)
    this.#show(withRows(this.#screen, approvals, more))
    const id = this.#screen.shown?.view.id
    if (id === undefined) return
    const view = await service.get(id)
    if (this.#screen.shown?.view.id === id) this.#show(withShown(this.#screen, view))
  }
}

function saidOf({ do: act }: Command, id: string): string {
  if (act === 'approve') return 'Your approval is stored.'
  if (act === 'undo') return `Asked for as ${id}.`
  return 'Stored.'
}

function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.next === undefined ? error.message : `${error.message} ${error.next}`
  return error instanceof Error ? error.message : String(error)
}
