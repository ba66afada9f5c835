import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Extract, extract } from 'tar-stream'
import xz from 'xz-decompress'
import { refused } from './refused.ts'
import type { ImportLimits } from './limits.ts'
import type { Sources } from './sources.ts'

type Packing = 'xz' | 'gzip' | 'none'

/** Reads a .tar.xz, .tar.gz or .tar, by what is in it, never by its name. Nothing is written. Throws `import_refused`. */
export async function readArchive(path: string, size: number, limits: ImportLimits, sources: Sources): Promise<void> {
  const packing = await packingOf(path)
  const entries = extract()
  const read = readEntries(entries, sources)
  const file = createReadStream(path)
  const poured = pipeline(file, unpacking(packing), bounded(size, packing, limits), entries)
  const [first, second] = await Promise.allSettled([read, poured])
  for (const end of [first, second]) if (end.status === 'rejected' && isRefusal(end.reason)) throw end.reason
  for (const end of [second, first]) if (end.status === 'rejected') throw damaged(path, end.reason)
}

const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'Problem'

const damaged = (path: string, error: unknown) =>
  refused(path, `the archive is damaged or cut off (${error instanceof Error ? error.message : String(error)})`)

async function packingOf(path: string): Promise<Packing> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0)
    if (buffer.subarray(0, 6).equals(Buffer.from('fd377a585a00', 'hex'))) return 'xz'
    if (buffer.subarray(0, 2).equals(Buffer.from('1f8b', 'hex'))) return 'gzip'
    if (buffer.subarray(257, 262).toString('latin1') === 'ustar') return 'none'
  } finally {
    await file.close()
  }
  throw refused(path, 'it is neither a folder nor a .tar.xz, .tar.gz or .tar archive')
}

type Parts = AsyncIterable<Uint8Array>

function unpacking(packing: Packing): Transform | ((file: Parts) => Parts) {
  if (packing === 'gzip') return createGunzip()
  return packing === 'xz' ? unpackXz : new PassThrough()
}

async function* unpackXz(file: Parts): Parts {
  const source = file[Symbol.asyncIterator]()
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await source.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
  })
  const reader = new xz.XzReadableStream(packed).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}

/** Lets through what stays within the limits. */
function bounded(size: number, packing: Packing, limits: ImportLimits): Transform {
  let out = 0
  const most = packing === 'none' ? limits.unpacked : Math.max(limits.unpackedBeforeRatio, size * limits.ratio)
  return new Transform({
    transform(part: Buffer, _encoding, done) {
      out += part.length
      if (out > limits.unpacked) return done(refused('The archive', `it unpacks to more than ${limits.unpacked} bytes`))
      if (out > most) return done(refused('The archive', `it unpacks to more than ${limits.ratio} times its size`))
      done(null, part)
    },
  })
}

async function readEntries(entries: Extract, sources: Sources): Promise<void> {
  for await (const entry of entries) {
    const { name, type, size } = entry.header
    if (sources.wants(name, type, size)) sources.add(name, await contentOf(entry))
    else entry.resume()
  }
}

async function contentOf(entry: AsyncIterable<unknown>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of entry) if (part instanceof Uint8Array) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
