import { buildImage, sizeOf, skipWithoutImage } from '../scripts/image.ts'
import { answering, start } from '../test/image/container.ts'
import type { Image } from '../scripts/image.ts'
import { ms, type Row } from './report.ts'

const STARTS = 5
const MOST_MS = 1_000

/** The image: its sizes, and a first start of it, the volume empty. No rows where it cannot be built (no Linux, no root, no debootstrap). */
export async function image(): Promise<Row[]> {
  if (skipWithoutImage() !== false) return []
  const whole = await buildImage()
  const small = await buildImage({ PROGRAMS: 'without' })
  const times: number[] = []
  for (let index = 0; index < STARTS; index++) times.push(await firstAnswer(whole))
  const median = times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN
  return [
    sizeRow('image with kubectl and helm', whole, 350),
    sizeRow('image without', small, 200),
    {
      work: 'image, start to first answer, p50',
      raw: '-',
      ours: ms(median),
      ratio: '-',
      target: `<= ${MOST_MS} ms`,
      met: median <= MOST_MS,
    },
  ]
}

function sizeRow(work: string, of: Image, most: number): Row {
  const size = sizeOf(of) / 1e6
  return { work, raw: '-', ours: `${size.toFixed(0)} MB`, ratio: '-', target: `<= ${most} MB`, met: size <= most }
}

/** Milliseconds from the start of the entrypoint to the first answer. */
async function firstAnswer(built: Image): Promise<number> {
  const ends: (() => unknown)[] = []
  try {
    const began = performance.now()
    await answering(await start({ after: (end) => ends.push(end) }, built))
    return performance.now() - began
  } finally {
    for (const end of ends.toReversed()) await end()
  }
}
