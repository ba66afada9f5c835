import { buildImage, sizeOf, skipWithoutImage } from '../scripts/image.ts'
import { answering, start } from '../test/image/container.ts'
import type { Image } from '../scripts/image.ts'
import { residentOf } from './measure.ts'
import { mib, ms, type Row } from './report.ts'

const STARTS = 5
const MOST_MS = 1_000
const MOST_MEMORY = 110 * 1024 * 1024

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** The image: its sizes, and a first start of it, the volume empty. No rows where it cannot be built (no Linux, no root, no debootstrap). */
export async function image(): Promise<Row[]> {
  if (skipWithoutImage() !== false) return []
  const whole = await buildImage()
  const small = await buildImage({ PROGRAMS: 'without' })
  const starts: { milliseconds: number; memory: number }[] = []
  for (let index = 0; index < STARTS; index++) starts.push(await firstAnswer(whole))
  const time = median(starts.map(({ milliseconds }) => milliseconds))
  const memory = median(starts.map((each) => each.memory))
  return [
    sizeRow('image with kubectl and helm', whole, 350),
    sizeRow('image without', small, 200),
    {
      work: 'image, start to first answer, p50',
      raw: '-',
      ours: ms(time),
      ratio: '-',
      target: `<= ${MOST_MS} ms`,
      met: time <= MOST_MS,
    },
    {
      work: 'image, memory before the first cluster call',
      raw: '-',
      ours: mib(memory),
      ratio: '-',
      target: `<= ${mib(MOST_MEMORY)}`,
      met: memory <= MOST_MEMORY,
    },
  ]
}

function sizeRow(work: string, of: Image, most: number): Row {
  const size = sizeOf(of) / 1e6
  return { work, raw: '-', ours: `${size.toFixed(0)} MB`, ratio: '-', target: `<= ${most} MB`, met: size <= most }
}

/** Milliseconds from the start of the entrypoint to the first answer, and the resident bytes of its server then. */
async function firstAnswer(built: Image): Promise<{ milliseconds: number; memory: number }> {
  const ends: (() => unknown)[] = []
  try {
    const began = performance.now()
    const container = await start({ after: (end) => ends.push(end) }, built)
    await answering(container)
    return { milliseconds: performance.now() - began, memory: residentOf(container.child.pid ?? 0) }
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}
