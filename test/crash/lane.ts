import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestCluster } from '../cluster/cluster.ts'
import type { Ends } from '../support/ends.ts'
import { scalarAt, textAt } from '../support/json.ts'
import { until } from '../support/process.ts'
import type { Variant } from './broken.ts'
import { type Asked, type ChangeKind, type Ground, newGround } from './changes.ts'
import { type At, Gone, Life, type LifeOptions } from './life.ts'
import { type CrashProxy, type Order, startCrashProxy, type Write } from './proxy.ts'
import { type Answer, rest } from './rest.ts'

/** What clients were told: the yardstick for what the server must still know afterwards. */
export interface Acknowledged {
  /** `id`: absent where the answer never came. */
  asks: { key: string; asked: Asked; id?: string }[]
  decisions: Decision[]
  /** Head of the audit that came with an answer. */
  heads: { seq: number; head: string }[]
  /** Answers that no client should ever get. */
  faults: string[]
}

export type Act = 'approve' | 'deny' | 'cancel'
export interface Decision {
  id: string
  act: Act
  by: string
}

export interface LaneOptions {
  name: string
  slots: number
  late: number
  /** Text of the policy file. */
  policy?: string
  variant?: Variant | undefined
  /** A folder that keeps what Node has compiled for the lives after the first. */
  cache?: string
}

export const PEOPLE = ['alice', 'bob'] as const
export type Person = (typeof PEOPLE)[number]

/** A server that lives again and again on the same store, the proxy before its API server, and what its clients were told. */
export class Lane {
  readonly name: string
  readonly late: number
  readonly folder: string
  readonly ground: Ground
  readonly acknowledged: Acknowledged = { asks: [], decisions: [], heads: [], faults: [] }
  kills = 0
  /** Fates of the writes that come. */
  order: (write: Write) => Order = () => ({ fate: 'pass' })
  readonly #settings: Record<string, string>
  readonly #variant: Variant | undefined
  #proxy: CrashProxy | undefined
  #life: Life | undefined
  #tokens: Record<string, string> = {}
  #count = 0

  private constructor(ends: Ends, ground: Ground, { name, late, policy, variant, cache }: LaneOptions) {
    this.name = name
    this.late = late
    this.ground = ground
    this.#variant = variant
    this.folder = mkdtempSync(join(tmpdir(), 'k8s-mcp-crash-'))
    this.#settings = {
      DATA_DIR: join(this.folder, 'data'),
      KUBECONFIG: join(this.folder, 'kubeconfig'),
      ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
    }
    if (policy !== undefined) this.#settings['POLICY_FILE'] = this.#write('policy.yaml', policy)
    ends.after(async () => {
      await this.kill()
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  static async open(ends: Ends, cluster: TestCluster, options: LaneOptions): Promise<Lane> {
    const lane = new Lane(ends, await newGround(cluster, options.slots), options)
    lane.#proxy = await startCrashProxy(ends, cluster, {
      order: (write) => lane.order(write),
      kill: () => lane.kill(),
    })
    lane.#write('kubeconfig', kubeconfigOf(lane.#proxy.url))
    return lane
  }

  get proxy(): CrashProxy {
    if (this.#proxy === undefined) throw new Error('the lane has no proxy')
    return this.#proxy
  }

  get store(): { path: string; key: string } {
    const folder = join(this.folder, 'data')
    return { path: join(folder, 'approvals.sqlite'), key: join(folder, 'key') }
  }

  /** Starts the server again; comes back before it serves. */
  start(more: Partial<Pick<LifeOptions, 'at' | 'slow' | 'clock' | 'under'>> = {}): Life {
    const people = Object.keys(this.#tokens).length === 0 ? PEOPLE : []
    const life = new Life({ settings: this.#settings, late: this.late, variant: this.#variant, people, ...more })
    void life.serving.then(({ tokens }) => Object.assign(this.#tokens, tokens)).catch(() => undefined)
    this.#life = life
    return life
  }

  /** From now on the server dies when it comes here, the n-th time. */
  arm(at: At): void {
    this.#life?.arm(at)
  }

  async kill(): Promise<void> {
    await this.#life?.kill()
  }

  /** Ends the server as an operator does. */
  async stop(): Promise<void> {
    await this.#life?.stop()
  }

  /** Resolves when the server of now has died. */
  get ended(): Promise<void> {
    return this.#life?.ended ?? Promise.resolve()
  }

  /** Waits until nothing runs any more, and nothing waits to. */
  async settled(): Promise<void> {
    for (const state of ['preparing', 'approved', 'executing'])
      await until(`nothing of ${this.name} is ${state}`, async () => {
        const { body } = await this.call({ path: `/approvals?state=${state}` }, 'alice')
        return Array.isArray(body['approvals']) && body['approvals'].length === 0 ? true : undefined
      })
  }

  /** Sends a request to the life of now, in the name of a person or an agent. Throws {@link Gone}. */
  async call(
    request: { method?: string; path: string; body?: object | undefined; key?: string },
    by?: Person,
  ): Promise<Answer> {
    if (this.#life === undefined) throw new Gone('there is no server')
    const { url } = await this.#life.serving
    const token = by === undefined ? {} : { token: this.#tokens[by] }
    const answer = await rest(url, { ...request, ...token })
    if (answer.status >= 500)
      this.acknowledged.faults.push(
        `${request.method ?? 'GET'} ${request.path} answered ${answer.status} ${textAt(answer.body, 'code')}: ${textAt(answer.body, 'detail')}`,
      )
    this.#keepHead(answer)
    return answer
  }

  /** An agent asks for a change. `again`: it asks once more with the same key where the answer never came, and a server is there. */
  async ask(kind: ChangeKind, slot: number, again = false): Promise<{ key: string; answer?: Answer }> {
    const asked = await this.ground.next(kind, slot)
    const key = `${this.name}-${(this.#count += 1)}`
    const entry: Acknowledged['asks'][number] = { key, asked }
    this.acknowledged.asks.push(entry)
    const { method, path, body } = asked
    for (let left = again ? 50 : 1; left > 0; left--) {
      try {
        const answer = await this.call({ method, path, body, key })
        if (answer.status < 300) entry.id = textAt(answer.body, 'id')
        return { key, answer }
      } catch (error) {
        if (!(error instanceof Gone)) throw error
        await pause(20)
      }
    }
    return { key }
  }

  /** A person decides, or the agent cancels. False where nobody was told that it counts. */
  async decide(act: Act, { body: approval }: Answer, by?: Person): Promise<boolean> {
    const [id, digest] = [textAt(approval, 'id'), textAt(approval, 'digest')]
    const body = { approve: { digest }, deny: { reason: 'not now' }, cancel: { reason: 'not wanted any more' } }[act]
    try {
      const { status } = await this.call({ method: 'POST', path: `/approvals/${id}/${act}`, body }, by)
      if (status < 300) this.acknowledged.decisions.push({ id, act, by: by ?? 'local' })
      return status < 300
    } catch (error) {
      if (error instanceof Gone) return false
      throw error
    }
  }

  #keepHead({ body }: Answer): void {
    const head = textAt(body, 'audit', 'head')
    if (head !== '') this.acknowledged.heads.push({ seq: Number(scalarAt(body, 'audit', 'seq')), head })
  }

  #write(name: string, text: string): string {
    const path = join(this.folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
}

const kubeconfigOf = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [{ name: 'proxied', cluster: { server } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'admin', context: { cluster: 'proxied', user: 'nobody' } }],
  })
