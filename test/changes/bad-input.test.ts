import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TProperties } from 'typebox'
import { Compile } from 'typebox/compile'
import { Problem } from '../../src/errors.ts'
import { Closed } from '../../src/schema.ts'
import { ApplyInput } from '../../src/services/changes/apply-plan.ts'
import { CordonInput } from '../../src/services/changes/cordon.ts'
import { CreatePodInput, planCreatePod } from '../../src/services/changes/create-pod.ts'
import {
  DeletePodInput,
  DeleteResourceInput,
  planDeletePod,
  planDeleteResource,
} from '../../src/services/changes/delete.ts'
import { DrainInput, planDrain } from '../../src/services/changes/drain.ts'
import { ExecInput, planExec } from '../../src/services/changes/exec.ts'
import { PatchInput } from '../../src/services/changes/patch.ts'
import { planScale, ScaleInput } from '../../src/services/changes/scale.ts'
import { planUndoRollout, UndoRolloutInput } from '../../src/services/changes/undo-rollout.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import { deploy, watched } from './support.ts'

/** Inputs that a schema takes, and those it refuses. */
const SCHEMAS: readonly [string, TProperties, good: readonly object[], bad: readonly object[]][] = [
  [
    'scale',
    ScaleInput,
    [{ replicas: 0 }, { replicas: 10_000 }],
    [-1, 1.5, 1e9, '3', null, Number.NaN].map((replicas) => ({ replicas })),
  ],
  [
    'exec',
    ExecInput,
    [{ command: ['true'] }, { command: ['sh', '-c', ''], timeoutSeconds: 300 }],
    [
      ...[[], 'ls', {}, [1], null, Array.from({ length: 201 }, () => 'x')].map((command) => ({ command })),
      ...[0, 301, 1.5].map((timeoutSeconds) => ({ command: ['true'], timeoutSeconds })),
      { command: ['true'], stdin: 'x'.repeat(1_048_577) },
      {},
    ],
  ],
  [
    'createPod',
    CreatePodInput,
    [{ image: 'shop/app:v1.0', command: ['sleep', '9'] }, { pod: {} }],
    [
      { command: 'sleep' },
      { env: ['a'] },
      { ports: [0] },
      { ports: [1.5] },
      { restartPolicy: 'Sometimes' },
      { pod: [] },
    ],
  ],
  ['deletePod', DeletePodInput, [{ gracePeriodSeconds: 0 }], [{ gracePeriodSeconds: -1 }, { gracePeriodSeconds: 1.5 }]],
  ['deleteResource', DeleteResourceInput, [{ propagationPolicy: 'Orphan' }], [{ propagationPolicy: 'Maybe' }]],
  ['cordonNode', CordonInput, [{ cordon: true }], [{ cordon: 'yes' }, {}]],
  [
    'drainNode',
    DrainInput,
    [{}, { timeoutSeconds: 3_600 }],
    [{ timeoutSeconds: 9 }, { timeoutSeconds: 3_601 }, { force: 1 }],
  ],
  [
    'patchResource',
    PatchInput,
    [{ patch: {} }, { type: 'json', patch: [{ op: 'test' }] }],
    [{ patch: 'x' }, { patch: [1] }, { type: 'apply', patch: {} }, {}],
  ],
  [
    'applyManifest',
    ApplyInput,
    [{ yamlContent: 'a: b' }],
    [{ yamlContent: '' }, { yamlContent: 'x'.repeat(2 * 1024 * 1024) }, { yamlContent: 'a', force: 'yes' }],
  ],
  [
    'undoRollout',
    UndoRolloutInput,
    [{}, { toRevision: 1 }],
    [{ toRevision: 0 }, { toRevision: 1.5 }, { toRevision: '1' }],
  ],
]

for (const [name, properties, good, bad] of SCHEMAS)
  test(`the input of ${name} is of the right types and within its limits, or refused`, () => {
    const validator = Compile(Closed(properties))
    for (const input of good) assert.ok(validator.Check(input), JSON.stringify(input))
    for (const input of bad) assert.ok(!validator.Check(input), JSON.stringify(input).slice(0, 200))
  })

clusterTest(
  'a change that makes no sense is refused with a code and a reason, and nothing is sent',
  async (cluster, t) => {
    const namespace = await withNamespace(cluster)
    await deploy(cluster, namespace, 'web', 1)
    await runPod(cluster, namespace, 'alone')
    const { hold, writes } = await watched(t, cluster)
    const containers = [{ name: 'app', image: 'shop/app:v1.0' }]
    const pod = (given: Record<string, unknown>) => planCreatePod(hold, { namespace, name: 'tool', pod: given })
    const refused: [string, () => Promise<unknown>][] = [
      ['bad_manifest', () => pod({ kind: 'List', items: [] })],
      ['bad_manifest', () => pod({ apiVersion: 'v2', spec: { containers } })],
      ['bad_manifest', () => pod({ metadata: { generateName: 'tool-' }, spec: { containers } })],
      ['bad_manifest', () => pod({ metadata: { resourceVersion: '1' }, spec: { containers } })],
      ['bad_manifest', () => pod({ metadata: { name: 'other' }, spec: { containers } })],
      ['bad_manifest', () => pod({ metadata: { namespace: 'elsewhere' }, spec: { containers } })],
      ['bad_input', () => planCreatePod(hold, { namespace, name: 'tool' })],
      [
        'bad_input',
        () => planCreatePod(hold, { namespace, name: 'tool', image: 'a:v1.0', pod: { spec: { containers } } }),
      ],
      [
        'bad_input',
        () => planCreatePod(hold, { namespace, name: 'tool', labels: { a: 'b' }, pod: { spec: { containers } } }),
      ],
      ['bad_input', () => planExec(hold, { namespace, name: 'alone', command: [] })],
      ['bad_input', () => planExec(hold, { namespace, name: 'alone', command: [''] })],
      ['invalid', () => planScale(hold, { namespace, name: 'web', replicas: -1 })],
      ['nothing_to_change', () => planScale(hold, { namespace, name: 'web', replicas: 1 })],
      ['bad_input', () => planUndoRollout(hold, { namespace, name: 'web', toRevision: 99 })],
      ['not_found', () => planDeletePod(hold, { namespace, name: 'none' })],
      ['not_found', () => planDrain(hold, { name: 'none' })],
      ['unknown_kind', () => planDeleteResource(hold, { kind: 'List', namespace, name: 'x' })],
      ['unknown_kind', () => planDeleteResource(hold, { kind: 'nonsense', namespace, name: 'x' })],
      ['bad_input', () => planDeleteResource(hold, { kind: 'node', namespace, name: 'node-0' })],
      ['verb_not_supported', () => planDeleteResource(hold, { kind: 'componentstatus', name: 'x' })],
    ]
    for (const [code, plan] of refused)
      await assert.rejects(
        plan(),
        (error) => error instanceof Problem && error.code === code && error.message !== '',
        `${code}: ${plan.toString()}`,
      )
    assert.deepEqual(writes(), [])
  },
)
