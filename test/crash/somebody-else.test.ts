import assert from 'node:assert/strict'
import { listAt, textAt } from '../support/json.ts'
import type { ChangeKind } from './changes.ts'
import { compileCache, crashTest } from './cluster.ts'
import { Lane } from './lane.ts'
import { faultsOf, findingsOf } from './verdict.ts'

const KINDS: readonly ChangeKind[] = ['scale', 'patch', 'createPod', 'apply']

// The write arrived, nobody was told, and then somebody else put another object into the place of the one that it changed. That another
// one is there proves that nothing can arrive any more, and not that nothing has.
for (const kind of KINDS) {
  crashTest(
    `a ${kind} that took effect is never reported as failed, also where somebody has replaced its object since`,
    async (cluster, t) => {
      const lane = await Lane.open(t, cluster, { name: kind, slots: 1, late: 300, cache: compileCache() })
      await lane.start().serving
      lane.order = () => ({ fate: 'lose', kill: 'then' })
      const { answer } = await lane.ask(kind, 0)
      assert.ok(answer !== undefined && (await lane.decide('approve', answer, 'alice')))
      await lane.ended
      lane.order = () => ({ fate: 'pass' })
      for (const target of listAt(answer.body, 'plan', 'targets')) {
        const place = [textAt(target, 'kind'), textAt(target, 'name'), '-n', lane.ground.namespace]
        const { stdout, code } = await cluster.kubectl(['get', ...place, '-o', 'json'])
        if (code !== 0) continue
        const { apiVersion, kind: kindOf, metadata, spec, data } = JSON.parse(stdout)
        const input = JSON.stringify({ apiVersion, kind: kindOf, metadata: { name: metadata.name }, spec, data })
        await cluster.kubectl(['delete', ...place, '--force', '--grace-period=0'])
        const { stderr, code: made } = await cluster.kubectl(['create', '-n', lane.ground.namespace, '-f', '-'], {
          input,
        })
        assert.equal(made, 0, stderr)
      }
      await lane.start().serving
      await lane.settled()
      await lane.stop()
      const findings = await findingsOf(lane, cluster)
      assert.deepEqual(faultsOf(findings), [])
      assert.equal(findings.accepted.length, 1)
    },
  )
}
