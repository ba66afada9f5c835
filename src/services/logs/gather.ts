import type { Call } from '../../call.ts'
import { Problem } from '../../errors.ts'
import type { Cluster } from '../cluster.ts'
import { bytesOf, sizeOf } from './budget.ts'
import { MOST_LINES } from './limits.ts'
import { lineText } from './line-text.ts'
import type { ShownLine } from './lines.ts'
import { type Following, Live, type News } from './live.ts'
import { placeAfter } from './read.ts'
import type { Told } from './round.ts'
import type { Source } from './sources.ts'

/** Milliseconds between two looks at whether there is progress to tell, and of silence after which it is told all the same. */
const LOOK = 250
const SILENCE = 5_000
/** Characters of one message of progress. */
const LONGEST_MESSAGE = 4_000

/** Adds to `told` what is written in the next `seconds`, as much as the answer has room for. Ends early where the logs do. */
export async function gather(
  cluster: Cluster,
  following: Following,
  told: readonly Told[],
  seconds: number,
): Promise<{ told: Told[]; notes: string[] }> {
  const gathering = new Gathering(told, following.question.bytes)
  const live = new Live(cluster, following)
  const timer = setTimeout(() => live.stop(), seconds * 1000)
  const stopTelling = tellProgress(cluster.call, gathering, seconds)
  try {
    await gathering.listen(live)
    return { told: gathering.told, notes: [] }
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    return { told: gathering.told, notes: [`Following ended early: ${problem.message}`] }
  } finally {
    clearTimeout(timer)
    stopTelling()
  }
}

type Growing = Told & { lines: ShownLine[] }

class Gathering {
  readonly #told = new Map<string, Growing>()
  readonly #most: number
  #lines = 0
  #bytes = 0
  #full = false
  #fresh: string[] = []

  constructor(told: readonly Told[], bytes: number) {
    this.#most = bytes
    for (const each of told) {
      this.#told.set(each.source.key, { ...each, lines: [...each.lines] })
      this.#lines += each.lines.length
      this.#bytes += sizeOf(each.lines)
    }
  }

  get told(): Told[] {
    return [...this.#told.values()]
  }

  async listen(live: Live): Promise<void> {
    for await (const news of live.news()) {
      this.#hear(news)
      if (this.#full) return
    }
  }

  /** The lines that came since it was asked last. */
  takeFresh(): string {
    const text = this.#fresh.join('\n')
    this.#fresh = []
    return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE).toWellFormed()} ...` : text
  }

  #hear(news: News): void {
    const told = this.#of(news.source)
    if ('lines' in news) this.#add(told, news.lines)
    else if (news.failure instanceof Problem) told.problem = news.failure
  }

  #of(source: Source): Growing {
    const known = this.#told.get(source.key) ?? { source, lines: [], place: undefined }
    this.#told.set(source.key, known)
    return known
  }

  /** Adds what fits; what does not is read with the next cursor. */
  #add(told: Growing, lines: readonly ShownLine[]): void {
    const fitting = lines.filter((line) => this.#takes(line))
    told.lines.push(...fitting)
    told.place = placeAfter(fitting, told.place)
    if (fitting.length < lines.length) told.left = 'newer'
    this.#fresh.push(
      ...fitting.map(({ text }) => lineText({ text }, this.#told.size > 1 ? `${told.source.name}: ` : '')),
    )
  }

  // Once a line did not fit no later one may: the place goes on from the first that is missing.
  #takes(line: ShownLine): boolean {
    const bytes = this.#bytes + bytesOf(line)
    if (this.#full || bytes > this.#most || this.#lines >= MOST_LINES) {
      this.#full = true
      return false
    }
    this.#bytes = bytes
    this.#lines++
    return true
  }
}

function tellProgress(call: Call, gathering: Gathering, seconds: number): () => void {
  if (!call.wantsProgress) return () => undefined
  const started = Date.now()
  let told = started
  const tell = () => {
    const message = gathering.takeFresh()
    if (message === '' && Date.now() - told < SILENCE) return
    told = Date.now()
    call.progress((told - started) / 1000, seconds, message === '' ? 'No new lines yet.' : message)
  }
  const timer = setInterval(tell, LOOK)
  return () => {
    clearInterval(timer)
    tell()
  }
}
