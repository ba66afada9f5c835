import { setTimeout as pause } from 'node:timers/promises'
import type { PodLogs } from '../test/cluster/pod-logs.ts'
import { ms, type Row } from './report.ts'
import type { Bench } from './rows.ts'

const FOLLOWERS = 200
const LINE = 'x'.repeat(980)

/**
 * 200 slow readers of one log that grows by 1 MB a second: memory must stay flat and the event loop free.
 * `seconds`: after ten seconds of warm-up.
 */
export async function followers({ target, logged }: Bench, logs: PodLogs, seconds: number): Promise<Row[]> {
  const { namespace, name, container } = logged
  const path = `/cluster/pod/${namespace}/${name}/logs?follow=true&tail=1&container=${container}`
  const stop = new AbortController()
  const writer = write(logs, stop.signal)
  const streams = await Promise.all(Array.from({ length: FOLLOWERS }, () => target.stream(path)))
  const readers = streams.map((stream) => readSlowly(stream, stop.signal))
  await pause(10_000)
  await target.stall()
  const start = { at: performance.now(), memory: target.memory() }
  await pause(seconds * 1000)
  const minutes = (performance.now() - start.at) / 60_000
  const growth = (target.memory() - start.memory) / 1024 / 1024 / minutes
  const stall = await target.stall()
  stop.abort()
  for (const stream of streams) stream.destroy()
  await Promise.all([writer, ...readers])
  return [
    {
      work: `${FOLLOWERS} followers: memory growth`,
      raw: '-',
      ours: `${growth.toFixed(2)} MB/min`,
      ratio: '-',
      target: '< 1 MB/min',
      met: growth < 1,
    },
    {
      work: `${FOLLOWERS} followers: stall`,
      raw: '-',
      ours: ms(stall),
      ratio: '-',
      target: '<= 50 ms',
      met: stall <= 50,
    },
  ]
}

async function write(logs: PodLogs, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    logs.append(...Array.from({ length: 100 }, (_, index) => `${index} ${LINE}`))
    await pause(100)
  }
}

/** Takes a piece, waits, takes the next: about 100 KB a second, a tenth of what is written. */
async function readSlowly(stream: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of stream) {
      if (signal.aborted) return
      await pause(500)
    }
  } catch {
    // The stream is destroyed when the measurement ends.
  }
}
