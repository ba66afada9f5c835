import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import Type, { type Static } from 'typebox'
import type { KubernetesRequest } from '../call.ts'
import { Closed } from '../schema.ts'
import { WAITING } from './approvals/states.ts'
import type { ApprovalStore } from './approvals/store.ts'
import type { Readiness } from './server.ts'

export const Metric = Closed({
  name: Type.String({ description: 'Name of the series.' }),
  type: Type.String({ description: 'counter, gauge or histogram.' }),
  help: Type.String({ description: 'What it counts.' }),
  values: Type.Array(
    Closed({
      name: Type.Optional(Type.String({ description: 'Name of the sample, where a metric has several.' })),
      labels: Type.Record(Type.String(), Type.String(), { description: 'Labels.' }),
      value: Type.Number({ description: 'Value.' }),
    }),
  ),
})
export const Metrics = Closed({ metrics: Type.Array(Metric) })
export type Metrics = Static<typeof Metrics>

// From a cached read to the time-out of a stuck API server, in seconds.
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const NANO = 1e9

/** What a call came to, as the metrics need it. */
export interface CallOutcome {
  operation: string
  door: string
  outcome: string
  milliseconds: number
  requests: readonly KubernetesRequest[]
}

/** Counts of everything the server did, in one registry that both doors read. */
export class Telemetry {
  readonly #registry = new Registry()
  readonly #calls = this.#counter('k8s_mcp_calls_total', 'Calls by operation, door and outcome (ok or error code).', [
    'operation',
    'door',
    'outcome',
  ])
  readonly #duration = this.#histogram('k8s_mcp_call_duration_seconds', 'Duration of calls.', ['operation', 'door'])
  readonly #requests = this.#counter(
    'k8s_mcp_kubernetes_requests_total',
    'Requests to API servers by context and status (0: no answer).',
    ['context', 'status'],
  )
  readonly #latency = this.#histogram(
    'k8s_mcp_kubernetes_request_duration_seconds',
    'Time until an API server answered.',
    ['context'],
  )
  readonly #reachable = new Gauge({
    name: 'k8s_mcp_context_reachable',
    help: '1 where the last request of a context was answered.',
    labelNames: ['context'],
    registers: [this.#registry],
  })
  readonly #approvals = this.#counter(
    'k8s_mcp_approval_events_total',
    'What happened to approvals: requests, votes, decisions, runs and their ends, with the state after it.',
    ['event', 'state'],
  )
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })

  constructor() {
    this.#delay.enable()
    this.#gauge(
      'k8s_mcp_event_loop_delay_seconds',
      'Longest delay of the event loop since the metrics were last read.',
      () => this.#longestDelay(),
    )
    this.#gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
    this.#gauge('nodejs_heap_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed)
    this.#gauge('process_uptime_seconds', 'Time since the server started.', () => process.uptime())
  }

  /** Counts what happens to the approvals of a store from now on, and what is open in it. */
  watch({ storeProblem }: Readiness, store: ApprovalStore | undefined): void {
    this.#gauge('k8s_mcp_store_usable', '1 where changes can be asked for and decided.', () =>
      storeProblem() === undefined ? 1 : 0,
    )
    if (store === undefined) return
    store.onHappened(({ event, state }) => this.#approvals.inc({ event, state }))
    const collect = function (this: Gauge): Promise<void> {
      return count(store, this)
    }
    const help = 'Approvals that wait, run, or ended nobody knows how, by state.'
    this.#registry.registerMetric(
      new Gauge({ name: 'k8s_mcp_approvals_open', help, labelNames: ['state'], registers: [], collect }),
    )
  }

  /** Counts one call and the requests it made. */
  called({ operation, door, outcome, milliseconds, requests }: CallOutcome): void {
    this.#calls.inc({ operation, door, outcome })
    this.#duration.observe({ operation, door }, milliseconds / 1000)
    for (const request of requests) this.requested(request)
  }

  /** Counts one request to an API server. */
  requested({ context, status, milliseconds }: KubernetesRequest): void {
    this.#requests.inc({ context, status: String(status) })
    this.#latency.observe({ context }, milliseconds / 1000)
    this.#reachable.set({ context }, status === 0 ? 0 : 1)
  }

  /** Every number, as data. */
  async data(): Promise<Metrics> {
    const metrics = await this.#registry.getMetricsAsJSON()
    return {
      metrics: metrics.map(({ name, type, help, values }) => ({
        name,
        type: String(type),
        help,
        values: values.map(sample),
      })),
    }
  }

  close(): void {
    this.#delay.disable()
  }

  #longestDelay(): number {
    const longest = this.#delay.max / NANO
    this.#delay.reset()
    return longest
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #histogram<L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets: BUCKETS, registers: [this.#registry] })
  }

  #gauge(name: string, help: string, read: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(read())
    }
    this.#registry.registerMetric(new Gauge({ name, help, registers: [], collect }))
  }
}

// What cannot be read is not known: then the series keep what they had.
async function count(store: ApprovalStore, open: Gauge): Promise<void> {
  try {
    for (const state of WAITING) open.set({ state }, await store.count([state]))
  } catch {
    return
  }
}

interface Sample {
  value: number
  labels: object
  metricName?: string
}

const sample = ({ value, labels, metricName }: Sample) => ({
  ...(metricName === undefined ? {} : { name: metricName }),
  labels: Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, String(text)])),
  value,
})
