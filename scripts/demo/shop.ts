import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isKubernetesObject, isRecord, type KubernetesObject } from '../../test/cluster/client.ts'
import type { Output, TestCluster } from '../../test/cluster/cluster.ts'
import { playKubelet, type PodTrouble } from '../../test/cluster/kubelet.ts'
import { manualNode, manualTaint } from '../../test/cluster/nodes.ts'
import { collectionPath } from '../../test/cluster/resources.ts'

const data = join(import.meta.dirname, '..', '..', 'test', 'data', 'shop')

/** Names of the demo's pods that the things to try point at. */
export interface Shop {
  readonly storefrontPod: string
  readonly cartPod: string
}

function succeeded({ stdout, stderr, code }: Output): string {
  if (code !== 0) throw new Error(stderr)
  return stdout
}

const isBound = (pod: KubernetesObject): boolean => isRecord(pod['spec']) && typeof pod['spec']['nodeName'] === 'string'

// Pods of an app that the scheduler has given a node, once there are so many of them.
async function boundPods(
  { api }: TestCluster,
  namespace: string,
  selector: string,
  count: number,
): Promise<KubernetesObject[]> {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    const list = await api.get(`${collectionPath('Pod', namespace)}?labelSelector=${encodeURIComponent(selector)}`)
    const items: unknown[] = isRecord(list) && Array.isArray(list['items']) ? list['items'] : []
    const bound = items.filter(isKubernetesObject).filter(isBound)
    if (bound.length >= count) return bound
    await delay(50)
  }
  throw new Error(`The pods ${selector} of ${namespace} were not scheduled within 30 s.`)
}

async function trouble(
  cluster: TestCluster,
  namespace: string,
  app: string,
  count: number,
  what: PodTrouble,
): Promise<string> {
  const pods = await boundPods(cluster, namespace, `app=${app}`, count)
  await Promise.all(pods.map((pod) => playKubelet(cluster, pod, what)))
  return pods[0]?.metadata.name ?? ''
}

const insteadOfBusybox = (image: string): readonly (readonly [string, string])[] => [
  ['docker.io/library/busybox:1.37', image],
  ['busybox:1.37', image],
]

async function crashCart(cluster: TestCluster): Promise<string> {
  const replace = insteadOfBusybox('registry.invalid/shop/cart:v3')
  const name = await trouble(cluster, 'shop', 'cart', 2, { like: 'crash', replace })
  const pods = await boundPods(cluster, 'shop', 'app=cart', 2)
  for (const pod of pods) {
    const log = cluster.podLogs('shop', pod.metadata.name, 'app')
    const lines = [
      'starting cart v3',
      'connecting to db.shop.svc:5432',
      { text: 'panic: no database', stream: 'stderr' as const },
    ]
    log.writePrevious(...lines)
    log.append(...lines)
  }
  return name
}

const rollOut = {
  spec: {
    template: {
      spec: {
        nodeSelector: { 'kubernetes.io/hostname': manualNode },
        tolerations: [{ key: manualTaint, operator: 'Exists' }],
        containers: [{ name: 'app', image: 'registry.invalid/shop/search:v9' }],
      },
    },
  },
}

async function failRollout(cluster: TestCluster): Promise<void> {
  const search = ['-n', 'shop', 'rollout', 'status', 'deployment/search', '--timeout=30s']
  succeeded(await cluster.kubectl(search))
  const patch = ['-n', 'shop', 'patch', 'deployment', 'search', '--type=strategic', '-p', JSON.stringify(rollOut)]
  succeeded(await cluster.kubectl(patch))
  const replace = [['shop/web', 'shop/search']] as const
  const pods = await boundPods(cluster, 'shop', 'app=search', 3)
  const stuck = pods.filter((pod) => isRecord(pod['spec']) && pod['spec']['nodeName'] === manualNode)
  await Promise.all(stuck.map((pod) => playKubelet(cluster, pod, { like: 'image-missing', replace })))
}

async function installCache(cluster: TestCluster): Promise<void> {
  const chart = join(data, 'charts', 'cache')
  const release = ['cache', chart, '--namespace', 'shop', '--wait', '--timeout', '60s']
  succeeded(await cluster.helm(['install', ...release]))
  succeeded(await cluster.helm(['upgrade', ...release, '--set', 'replicas=2']))
}

async function openStorefront(cluster: TestCluster): Promise<string> {
  const pods = await boundPods(cluster, 'shop', 'app=storefront', 3)
  for (const pod of pods) {
    const log = cluster.podLogs('shop', pod.metadata.name, 'app')
    log.append('listening on :8080', 'GET / 200 3ms', 'GET /search?q=shoes 502 1002ms', 'POST /cart 503 4ms')
  }
  return pods[0]?.metadata.name ?? ''
}

/** Fills a whole cluster with the shop: two healthy apps, one release, and six that have a trouble each. */
export async function fillShop(cluster: TestCluster): Promise<Shop> {
  const input = await readFile(join(data, 'shop.yaml'), 'utf8')
  succeeded(await cluster.kubectl(['apply', '-f', '-'], { input }))
  const [storefrontPod, cartPod] = await Promise.all([
    openStorefront(cluster),
    crashCart(cluster),
    failRollout(cluster),
    trouble(cluster, 'shop-batch', 'thumbnailer', 1, {
      like: 'oom-loop',
      replace: insteadOfBusybox('registry.invalid/shop/thumbnailer:v5'),
    }),
    trouble(cluster, 'shop-staging', 'web', 1, { like: 'image-missing' }),
    installCache(cluster),
  ])
  succeeded(await cluster.kubectl(['config', 'set-context', 'admin', '--namespace=shop']))
  return { storefrontPod, cartPod }
}
