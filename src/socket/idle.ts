import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** What is asked of some listeners: how many requests run, and when the last one came or ended. */
export class Activity {
  #running = 0
  #last = performance.now()

  constructor(listeners: readonly FastifyInstance[]) {
    for (const { server } of listeners)
      server.on('request', (_request, response) => {
        this.#count(1)
        response.once('close', () => this.#count(-1))
      })
  }

  #count(change: number): void {
    this.#running += change
    this.#last = performance.now()
  }

  /** Milliseconds since nothing was asked; 0 while something is. */
  get quietFor(): number {
    return this.#running > 0 ? 0 : performance.now() - this.#last
  }
}

export interface IdleOptions {
  activity: Activity
  /** Milliseconds for which nothing must have been asked, and nothing have kept the server. */
  idle: number
  /** Whether something else keeps the server. */
  kept: () => Promise<boolean>
}

const LOOK = 500

/** Resolves once nothing was asked for so long, and nothing else keeps the server. */
export async function whenIdle({ activity, idle, kept }: IdleOptions): Promise<void> {
  let since = performance.now()
  for (;;) {
    await pause(Math.min(LOOK, idle), undefined, { ref: false })
    if (await kept()) since = performance.now()
    if (Math.min(activity.quietFor, performance.now() - since) >= idle) return
  }
}
