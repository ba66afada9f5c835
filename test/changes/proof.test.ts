import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { Refused, Stale, Unproven } from '../../src/services/changes/outcomes.ts'
import { executeScale, planScale } from '../../src/services/changes/scale.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import type { Ends } from '../support/ends.ts'
import { clusterOf, deploy, execution } from './support.ts'
import { kubeconfigBehind } from '../support/loopback.ts'

/** An API server that answers every request in one way, and counts them. */
async function answering(ends: Ends, cluster: TestCluster, answer: (response: ServerResponse) => void) {
  const seen = { requests: 0 }
  const server = createServer((request, response) => {
    seen.requests++
    request.resume().on('end', () => answer(response))
  })
  const kubeconfig = await kubeconfigBehind(ends, cluster, server)
  return { seen, hold: await clusterOf(ends, cluster, 'admin', kubeconfig) }
}

const status = (code: number, message: string) => (response: ServerResponse) => {
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message }))
}

const ENDS: readonly [string, (response: ServerResponse) => void, new (...given: never[]) => Error][] = [
  ['a broken connection', (response) => response.destroy(), Unproven],
  ['a 500', status(500, 'Internal error'), Unproven],
  ['a 503', status(503, 'apiserver is shutting down'), Unproven],
  ['a 504', status(504, 'request timed out'), Unproven],
  ['a 408', status(408, 'request timed out'), Unproven],
  [
    'an answer that is cut',
    (response) => response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
    Unproven,
  ],
  ['a 403', status(403, 'forbidden: no'), Refused],
  ['a 400', status(400, 'bad request'), Refused],
  ['a 422', status(422, 'spec.replicas: invalid'), Refused],
  ['a 404', status(404, 'deployments "web" not found'), Stale],
  ['another uid', status(409, 'Precondition failed: UID in precondition: a, UID in object meta: b'), Stale],
]

for (const [name, answer, expected] of ENDS)
  clusterTest(`${name} as the answer to a write is ${expected.name}, and the write is sent once`, async (test, t) => {
    const namespace = await withNamespace(test)
    await deploy(test, namespace, 'web', 1)
    const plan = await planScale(await clusterOf(t, test), { namespace, name: 'web', replicas: 2 })
    const { hold, seen } = await answering(t, test, answer)
    const run = execution()
    await assert.rejects(executeScale(hold, plan.steps, run, plan), expected)
    assert.deepEqual([seen.requests, run.sent], [1, 1])
  })
