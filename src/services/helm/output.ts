import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'
import { scrubText } from '../safety/scrub-text.ts'
import { plainText } from '../safety/visible-text.ts'

/** Bytes of each output. The largest manifests in use come to a tenth of it. */
const LIMIT = 32 * 1024 * 1024
const STDERR_KEPT = 64 * 1024
const LINE_LENGTH = 1_000

interface Outputs {
  stdout: Readable | null
  stderr: Readable | null
}

/**
 * Collects what a program writes: all of stdout, the end of stderr, 32 MiB of each at most; then `tooMuch` is called, once, and the rest
 * is dropped. `onLine` is told each line of stderr as it may be shown: scrubbed, at most 1,000 characters.
 */
export function collect({ stdout, stderr }: Outputs, tooMuch: () => void, onLine?: (line: string) => void) {
  const chunks: Buffer[] = []
  let complaint = Buffer.alloc(0)
  const lines = onLine === undefined ? undefined : new Lines(onLine)
  stdout?.on(
    'data',
    limited(tooMuch, (chunk) => void chunks.push(chunk)),
  )
  stderr?.on(
    'data',
    limited(tooMuch, (chunk) => {
      complaint = Buffer.concat([complaint, chunk]).subarray(-STDERR_KEPT)
      lines?.add(chunk)
    }),
  )
  stderr?.on('end', () => lines?.end())
  return () => ({ stdout: Buffer.concat(chunks).toString(), stderr: plainText(complaint.toString()) })
}

function limited(tooMuch: () => void, take: (chunk: Buffer) => void): (chunk: Buffer) => void {
  let size = 0
  return (chunk) => {
    const was = size
    size += chunk.length
    if (size <= LIMIT) take(chunk)
    else if (was <= LIMIT) tooMuch()
  }
}

/** Cuts a stream of bytes into lines. */
class Lines {
  readonly #tell: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(tell: (line: string) => void) {
    this.#tell = tell
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = (lines.pop() ?? '').slice(0, LINE_LENGTH)
    for (const line of lines) this.#say(line)
  }

  end(): void {
    this.#say(this.#rest)
  }

  #say(line: string): void {
    const text = plainText(scrubText(line.slice(0, LINE_LENGTH))).trim()
    if (text !== '') this.#tell(text)
  }
}
