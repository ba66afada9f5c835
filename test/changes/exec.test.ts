import assert from 'node:assert/strict'
import { MOST_OUTPUT } from '../../src/kubernetes/exec.ts'
import { evidenceExec, type ExecQuestion, executeExec, planExec } from '../../src/services/changes/exec.ts'
import { Refused, Stale, Unproven } from '../../src/services/changes/outcomes.ts'
import type { Cluster } from '../../src/services/cluster.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { runPod } from '../support/pods.ts'
import { clusterOf, execution, pathOf } from './support.ts'

async function shell(cluster: Cluster, question: Omit<ExecQuestion, 'name'>) {
  const plan = await planExec(cluster, { ...question, name: 'web' })
  return (await executeExec(cluster, plan.steps, execution(), plan)).output
}

async function prepared(test: TestCluster, t: Parameters<typeof clusterOf>[0]) {
  const namespace = await withNamespace(test)
  await runPod(test, namespace, 'web', { containers: ['app', 'side'] })
  return { namespace, cluster: await clusterOf(t, test) }
}

clusterTest('a command answers its exit code, and both streams apart', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const plan = await planExec(cluster, {
    namespace,
    name: 'web',
    command: ['sh', '-c', 'echo out; echo err >&2; exit 7'],
  })
  assert.deepEqual(
    [plan.risk, plan.diff[0]?.action, plan.diff[0]?.dryRun, plan.undo],
    ['high', 'run', false, undefined],
  )
  const run = execution()
  const { output } = await executeExec(cluster, plan.steps, run, plan)
  assert.deepEqual(output, { namespace, pod: 'web', container: 'app', exitCode: 7, stdout: 'out\n', stderr: 'err\n' })
  assert.equal(run.sent, 1)
  assert.equal((await evidenceExec()).outcome, 'unknown')
})

clusterTest('a command reads what it is given, to its end', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const stdin = 'übung '.repeat(60_000)
  const output = await shell(cluster, {
    namespace,
    command: ['sh', '-c', 'wc -c; echo done'],
    stdin,
    container: 'side',
  })
  assert.deepEqual(
    [output.stdout.trim().split(/\s+/), output.exitCode, output.container],
    [[String(Buffer.byteLength(stdin)), 'done'], 0, 'side'],
  )
})

clusterTest('a command is words, not a line for a shell', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const output = await shell(cluster, {
    namespace,
    command: ['printf', '%s|', 'a b', '$HOME', '; echo x', 'ü&command=y'],
  })
  assert.equal(output.stdout, 'a b|$HOME|; echo x|ü&command=y|')
})

clusterTest('what comes beyond 1 MiB is let go, and said; the exit code is still known', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const output = await shell(cluster, {
    namespace,
    command: ['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" a; exit 3'],
  })
  assert.deepEqual([output.stdout.length, output.dropped, output.exitCode], [MOST_OUTPUT, 3_000_000 - MOST_OUTPUT, 3])
})

clusterTest('a command that takes too long is unproven, and what came back is kept', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const asked = shell(cluster, { namespace, command: ['sh', '-c', 'echo begun; sleep 20'], timeoutSeconds: 1 })
  await assert.rejects(asked, (error) => error instanceof Unproven && JSON.stringify(error.output).includes('begun\\n'))
})

clusterTest('a program that is not there is told in the words of the runtime', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  await assert.rejects(
    shell(cluster, { namespace, command: ['/no/such/program'] }),
    (error) => error instanceof Unproven && /no such file/.test(error.message),
  )
})

clusterTest('secrets in the output are masked', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const output = await shell(cluster, { namespace, command: ['echo', 'password=hunter2hunter2'] })
  assert.doesNotMatch(output.stdout, /hunter2/)
})

clusterTest('a pod that is gone, or another one, runs nothing', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const plan = await planExec(cluster, { namespace, name: 'web', command: ['true'] })
  const run = execution()
  await assert.rejects(executeExec(cluster, { ...plan.steps, containerId: 'other' }, run, plan), Stale)
  await test.api.delete(pathOf(namespace, 'pods', 'web'), { gracePeriodSeconds: 0 })
  await assert.rejects(executeExec(cluster, plan.steps, run, plan), Stale)
  assert.equal(run.sent, 0)
})

clusterTest('a refused connection says why, and proves that nothing ran', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const plan = await planExec(cluster, { namespace, name: 'web', command: ['true'] })
  const viewer = await clusterOf(t, test, 'viewer')
  await assert.rejects(
    executeExec(viewer, plan.steps, execution(), plan),
    (error) => error instanceof Refused && error.problem.code === 'forbidden',
  )
  await assert.rejects(planExec(viewer, { namespace, name: 'web', command: ['true'] }), { code: 'forbidden' })
})

clusterTest(
  'no command is run in this server itself, in no container that is not there, and no empty one',
  async (test, t) => {
    const { namespace, cluster } = await prepared(test, t)
    const question = { namespace, name: 'web', command: ['true'] }
    await assert.rejects(planExec(cluster, question, { own: { namespaces: [namespace] } }), { code: 'own_server' })
    await assert.rejects(planExec(cluster, { ...question, container: 'none' }), { code: 'bad_input' })
    await assert.rejects(planExec(cluster, { ...question, command: [''] }), { code: 'bad_input' })
  },
)

clusterTest('what a command reads is shown to who approves it, and what is cut of it is said', async (test, t) => {
  const { namespace, cluster } = await prepared(test, t)
  const shownOf = async (stdin: string) => {
    const plan = await planExec(cluster, { namespace, name: 'web', command: ['sh'], stdin })
    assert.equal(plan.steps.stdin, stdin)
    return plan.diff[0]?.changes.find(({ path }) => path === 'stdin')?.to
  }
  assert.equal(await shownOf('echo a\necho b\n'), 'echo a\necho b\n')
  assert.match((await shownOf('x'.repeat(20_000))) ?? '', /^x{16384}… \(20000 characters, the rest is not shown\)$/)
  assert.doesNotMatch((await shownOf('password=hunter2hunter2')) ?? '', /hunter2/)
})
