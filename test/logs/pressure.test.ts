import assert from 'node:assert/strict'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LogStream } from '../../src/kubernetes/logs.ts'
import { Handover } from '../../src/services/logs/handover.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { gate, runPod, serve, until } from './support.ts'

test('logs that always have more to give leave the event loop to others', { timeout: 20_000 }, async () => {
  const chunk = Buffer.from('2026-01-02T03:04:05.000000001Z hello\n'.repeat(1_000))
  const bound = 50_000_000
  const done = new AbortController()
  const consume = async () => {
    const stream = new LogStream(
      new Readable({
        read() {
          this.push(chunk)
        },
      }),
      'test',
    )
    // The bound is for the day on which nobody else gets a turn.
    for await (const lines of stream) if (done.signal.aborted || lines.length === 0 || stream.bytes > bound) break
    return stream.bytes
  }
  const consumers = Array.from({ length: 20 }, consume)
  let ticks = 0
  for (; ticks < 10; ticks++) await sleep(5)
  done.abort()
  const bytes = await Promise.all(consumers)
  for (const each of bytes) assert.ok(each >= chunk.length && each < bound, String(each))
})

test('a producer goes on only when its value was taken', async () => {
  const handover = new Handover<number>()
  const given: string[] = []
  const first = handover.give(1).then((taken) => given.push(`1 ${taken}`))
  const second = handover.give(2).then((taken) => given.push(`2 ${taken}`))
  assert.equal(await handover.take(), 1)
  await first
  assert.deepEqual(given, ['1 true'])
  const third = handover.take()
  assert.equal(await third, 2)
  await second
  const late = handover.give(3)
  const waiting = handover.take()
  assert.equal(await waiting, 3)
  assert.equal(await late, true)
  const never = handover.take()
  handover.close()
  assert.equal(await never, undefined)
  assert.equal(await handover.give(4), false)
})

clusterTest(
  'a client that does not read holds back the API server, and memory is not filled for it',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await runPod(cluster, namespace, 'web')
    const log = cluster.podLogs(namespace, 'web', 'app')
    log.append('start')
    const door = await gate(t, cluster)
    const site = await serve(t, door.kubeconfig)
    const client = request(`${site.url}/cluster/pod/${namespace}/web/logs?follow=true`, { agent: false }, (response) =>
      response.pause(),
    )
    client.on('error', () => undefined).end()
    t.after(() => client.destroy())
    await until('the stream to the API server', () => door.open === 1)
    const lines = Array.from({ length: 10_000 }, () => 'x'.repeat(1_000))
    for (let part = 0; part < 6; part++) log.append(...lines)
    const passed: number[] = []
    await until(
      'that no more comes',
      async () => {
        await sleep(200)
        passed.push(door.bytes)
        return door.bytes > 1_000 && new Set(passed.slice(-5)).size === 1 && passed.length > 5
      },
      30,
    )
    assert.ok(door.bytes < 30_000_000, `${door.bytes} of 60,000,000 bytes`)
  },
)
