import assert from 'node:assert/strict'
import { NAMESPACED } from '../../src/mcp/resources.ts'
import type { TestCluster } from '../cluster/cluster.ts'
import { clusterTest, withNamespace } from '../cluster/shared.ts'
import { startServer } from '../support/server.ts'
import { eras } from './support/clients.ts'
import { until } from './support/door.ts'

/** A running pod in a namespace of its own. */
async function onePod(cluster: TestCluster): Promise<string> {
  const namespace = await withNamespace(cluster)
  const containers = [{ name: 'app', image: 'app:1' }]
  await cluster.api.create(`/api/v1/namespaces/${namespace}/pods`, { metadata: { name: 'web' }, spec: { containers } })
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=20s'])
  return namespace
}

for (const era of eras) {
  clusterTest(`objects of a real cluster are completed, then read as resources (${era.name})`, async (cluster, t) => {
    const namespace = await onePod(cluster)
    const { url } = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
    const client = await era.http({ url: `${url}/mcp` })
    const context = 'admin'
    const complete = (name: string, value: string, known: Record<string, string> = {}) =>
      client.complete(NAMESPACED, { name, value }, { context, ...known })
    assert.deepEqual(await complete('context', 'adm'), ['admin'])
    assert.deepEqual(await complete('namespace', namespace), [namespace])
    assert.ok((await complete('kind', 'deploy')).includes('deployments'))
    assert.ok(!(await complete('kind', '')).includes('nodes'))
    assert.deepEqual(await complete('name', 'w', { namespace, kind: 'pods' }), ['web'])
    const pod = await client.read(`k8s-mcp://cluster/admin/namespaces/${namespace}/pods/web`)
    assert.match(pod, /"metadata":\{.*"name":"web"/)
    assert.ok(!pod.includes('managedFields'))
    assert.match(await client.read('k8s-mcp://cluster/admin'), /"version":"v1\./)
    await assert.rejects(
      client.read(`k8s-mcp://cluster/admin/namespaces/${namespace}/pods/none`),
      /pods "none" not found/,
    )
    await client.close()
  })

  clusterTest(
    `new lines of a followed log come as progress, and once more in the answer (${era.name})`,
    async (cluster, t) => {
      const namespace = await onePod(cluster)
      const log = cluster.podLogs(namespace, 'web', 'app')
      const { url } = await startServer(t, { KUBECONFIG: cluster.kubeconfig })
      const client = await era.http({ url: `${url}/mcp` })
      const heard: string[] = []
      const input = { namespace, name: 'web', follow: true, followSeconds: 3 }
      const onprogress = ({ message = '' }) => void heard.push(message)
      const call = client.call('k8s_pods_get_pod_logs', input, { onprogress })
      await until('the line is heard', () => {
        if (heard.length === 0) log.append('hello from web')
        return heard.join('\n').includes('hello from web')
      })
      assert.match((await call).text, /<untrusted [0-9a-f]{8}>[^]*hello from web/)
      await client.close()
    },
  )
}
