import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import type { TestCluster } from '../cluster/cluster.ts'
import { skipWithoutCluster, testCluster, withNamespace } from '../cluster/shared.ts'
import { inReverse } from '../promise/site.ts'
import type { Ends } from '../support/ends.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { folder, until } from '../support/process.ts'
import { bearer } from '../support/tokens.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ENTRY = join(ROOT, 'src', 'server.ts')
const run = promisify(execFile)

// The credential of a pod lies at one fixed path: the server sees it there in a mount namespace of its own.
const INSIDE = `
mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount &&
mount --bind "$1" /run/secrets/kubernetes.io/serviceaccount && shift && exec "$@"`

function whyNot(): string | false {
  const without = skipWithoutCluster()
  if (without !== false) return without
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /run'], { stdio: 'ignore' })
    return false
  } catch {
    return 'needs a mount namespace of its own: run as root, on Linux'
  }
}

interface Answer {
  status: number
  body: unknown
}

/** The server as it runs in a pod of deploy/, with the rights to read, and those of an operator in one namespace. */
class Pod {
  readonly cluster: TestCluster
  /** Where it may change things. */
  readonly granted: string
  /** Where it may only look. */
  readonly other: string
  readonly #credential: string
  readonly #dataDir: string
  url = ''
  #alice = ''

  constructor(ends: Ends, cluster: TestCluster, granted: string, other: string) {
    this.cluster = cluster
    this.granted = granted
    this.other = other
    this.#credential = folder(ends)
    this.#dataDir = folder(ends)
  }

  async deploy(): Promise<void> {
    const applied = await this.cluster.kubectl(['apply', '-k', join(ROOT, 'deploy')])
    assert.equal(applied.code, 0, applied.stderr)
    const { stdout } = await this.cluster.kubectl(['kustomize', join(ROOT, 'deploy', 'operator')])
    const input = stdout.replaceAll('namespace: default', `namespace: ${this.granted}`)
    const bound = await this.cluster.kubectl(['apply', '-f', '-'], { input })
    assert.equal(bound.code, 0, bound.stderr)
  }

  /** A token of the ServiceAccount, as the kubelet would bring it (TokenRequest API), where a pod finds it. */
  async renew(): Promise<string> {
    const path = '/api/v1/namespaces/k8s-mcp/serviceaccounts/k8s-mcp/token'
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: 'k8s-mcp' },
      spec: {},
    }
    const token = textAt(await this.cluster.api.create(path, request), 'status', 'token')
    writeFileSync(join(this.#credential, 'token'), token)
    writeFileSync(join(this.#credential, 'ca.crt'), this.cluster.ca)
    writeFileSync(join(this.#credential, 'namespace'), 'k8s-mcp')
    return token
  }

  async start(ends: Ends): Promise<void> {
    mkdirSync(this.#credential, { recursive: true })
    await this.renew()
    const { hostname, port } = new URL(this.cluster.server)
    const env = {
      ...this.#environment(),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      WEBCONTROL_PORT: '0',
      HELM_BIN: this.cluster.binary('helm'),
    }
    const args = ['-m', 'sh', '-c', INSIDE, 'sh', this.#credential, process.execPath, ENTRY]
    const child = spawn('unshare', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    ends.after(async () => {
      child.kill('SIGTERM')
      await once(child, 'close')
    })
    const said: string[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text))
    this.url = await until(`it listens: ${said.join('')}`, () => /"url":"([^"]+)"/.exec(said.join(''))?.[1])
    const create = ['token', 'create', '--kind', 'person', '--subject', 'alice', '--role', 'approver']
    const { stdout } = await run(process.execPath, [ENTRY, ...create], { env: this.#environment() })
    this.#alice = /k8smcp_person_\S+/.exec(stdout)?.[0] ?? ''
  }

  #environment() {
    return { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', DATA_DIR: this.#dataDir, NODE_ENV: 'production' }
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(this.url + path, {
      method,
      ...json,
      headers: { accept: 'application/json', ...type, ...headers },
    })
    return { status: answer.status, body: await answer.json() }
  }

  /** Name of a pod that runs where changes are granted: the one given, or any. */
  running(name?: string): Promise<string> {
    return until<string>(`pod ${name ?? ''} runs`, async () => {
      const pods = listAt(await this.cluster.api.get(`/api/v1/namespaces/${this.granted}/pods`), 'items')
      const names = pods
        .filter((each) => textAt(each, 'status', 'phase') === 'Running')
        .map((each) => textAt(each, 'metadata', 'name'))
      return names.find((each) => name === undefined || each === name)
    })
  }

  /** Asks for a change, approves it as a person, and answers how it ended. */
  async change(method: string, path: string, body?: unknown): Promise<string> {
    const { status, body: approval } = await this.ask(method, path, body)
    assert.equal(status, 202, JSON.stringify(approval))
    const id = textAt(approval, 'id')
    const approve = { digest: textAt(approval, 'digest') }
    const approved = await this.ask('POST', `/approvals/${id}/approve`, approve, bearer(this.#alice))
    assert.equal(approved.status, 200, JSON.stringify(approved.body))
    return until(`${method} ${path} ends`, async () => {
      const { body: now } = await this.ask('GET', `/approvals/${id}?wait=5`)
      const state = textAt(now, 'state')
      return ['approved', 'executing'].includes(state) ? undefined : state
    })
  }
}

/** Group versions that the API server serves itself, and did from its start. */
async function builtInVersions({ api }: TestCluster): Promise<Set<string>> {
  const services = listAt(await api.get('/apis/apiregistration.k8s.io/v1/apiservices'), 'items')
  const own = services.filter(
    (each) => textAt(each, 'metadata', 'labels', 'kube-aggregator.kubernetes.io/automanaged') === 'onstart',
  )
  return new Set(
    own.map((each) =>
      [textAt(each, 'spec', 'group'), textAt(each, 'spec', 'version')].filter((word) => word !== '').join('/'),
    ),
  )
}

/** A kind that nobody has given the server a right to. */
const addKind = ({ api }: TestCluster): Promise<void> =>
  api.ensure('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'strangers.deploy.example.test' },
    spec: {
      group: 'deploy.example.test',
      scope: 'Namespaced',
      names: { plural: 'strangers', singular: 'stranger', kind: 'Stranger' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  })

const deployment = {
  metadata: { name: 'web' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'registry.k8s.io/pause:3.10' }] },
    },
  },
}

void suite('in a pod, with the rights of deploy/ and deploy/operator', { skip: whyNot() }, () => {
  const work: (() => unknown)[] = []
  const ends = inReverse({ after: (each) => work.push(each) })
  let pod: Pod
  let name = ''

  before(async () => {
    const cluster = await testCluster()
    const [granted, other] = await Promise.all([withNamespace(cluster), withNamespace(cluster)])
    for (const namespace of [granted, other])
      await cluster.api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment)
    pod = new Pod(ends, cluster, granted, other)
    await addKind(cluster)
    await pod.deploy()
    await pod.start(ends)
    name = await pod.running()
  })
  after(() => Promise.all(work.map((each) => each())))

  test('it is connected as its ServiceAccount', async () => {
    const { status, body } = await pod.ask('GET', '/cluster')
    assert.equal(status, 200, JSON.stringify(body))
    const { body: contexts } = await pod.ask('GET', '/cluster/contexts')
    assert.match(JSON.stringify(contexts), /in-cluster/)
  })

  test('every kind of Kubernetes that can be listed is listed, but Secrets', async () => {
    const { body } = await pod.ask('GET', '/cluster/api-resources')
    // Those of custom resources are for whoever brings them to add to `view`.
    const builtIn = await builtInVersions(pod.cluster)
    const kinds = listAt(body, 'items')
      .filter((each) => listAt(each, 'verbs').some((verb) => String(verb) === 'list'))
      .filter((each) => builtIn.has(textAt(each, 'apiVersion')))
    assert.ok(kinds.length > 50, `${kinds.length} kinds`)
    const refused: string[] = []
    for (const kind of kinds) {
      const [version = '', group] = textAt(kind, 'apiVersion').split('/').toReversed()
      const full = [textAt(kind, 'name'), version, ...(group === undefined ? [] : [group])].join('.')
      const { status } = await pod.ask('GET', `/cluster/resources/${full}?allNamespaces=true&limit=1`)
      if (status !== 200) refused.push(`${textAt(kind, 'name')} ${status}`)
    }
    assert.deepEqual(refused, ['secrets 403'])
  })

  test('every other read is answered', async () => {
    const { other } = pod
    const reads = [
      '/cluster/namespaces',
      '/cluster/contexts/current',
      '/cluster/events?allNamespaces=true',
      '/cluster/can-i?verb=list&resource=pods',
      `/cluster/pods?namespace=${other}`,
      `/cluster/pod/${pod.granted}/${name}`,
      `/cluster/deployments?namespace=${other}`,
      `/cluster/deployment/${other}/web/rollout`,
      `/cluster/services?namespace=${other}`,
      '/cluster/nodes',
      `/cluster/describe/deployment/web?namespace=${other}`,
      `/cluster/diagnose?namespace=${other}`,
      '/api/deployments?path=spec.strategy',
    ]
    for (const path of reads) {
      const { status, body } = await pod.ask('GET', path)
      assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
    }
  })

  test('what its account may not read is refused in the words of the API server, with the rule that is missing', async () => {
    const { status, body } = await pod.ask('GET', `/cluster/resources/secrets?namespace=${pod.other}`)
    assert.equal(status, 403)
    assert.match(textAt(body, 'detail'), /User "system:serviceaccount:k8s-mcp:k8s-mcp" cannot list resource "secrets"/)
    assert.match(
      JSON.stringify(body).replaceAll('\\"', '"'),
      new RegExp(
        `in a Role in namespace ${pod.other} .*: \\{apiGroups: \\[""\\], resources: \\["secrets"\\], verbs: \\["list"\\]\\}`,
      ),
    )
  })

  const CHANGES: readonly (readonly [what: string, method: string, path: string, body?: unknown])[] = [
    ['scale', 'POST', '/cluster/deployment/NS/web/scale', { replicas: 2 }],
    ['restart', 'POST', '/cluster/deployment/NS/web/restart', {}],
    [
      'patch',
      'PATCH',
      '/cluster/resources/deployment/web',
      { namespace: 'NS', patch: { spec: { minReadySeconds: 1 } } },
    ],
    ['undo of a rollout', 'POST', '/cluster/deployment/NS/web/undo', {}],
    [
      'apply',
      'POST',
      '/cluster/apply',
      { namespace: 'NS', yamlContent: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n' },
    ],
    [
      'creation of a pod',
      'POST',
      '/cluster/create/pod',
      { namespace: 'NS', name: 'probe', image: 'registry.k8s.io/pause:3.10' },
    ],
    ['exec', 'POST', '/cluster/pod/NS/probe/exec', { command: ['true'] }],
    ['deletion of a pod', 'DELETE', '/cluster/pod/NS/probe'],
    ['deletion', 'DELETE', '/cluster/resources/configmap/settings?namespace=NS'],
  ]
  const filled = (value: unknown, namespace: string): unknown =>
    value === undefined ? undefined : JSON.parse(JSON.stringify(value).replaceAll('NS', namespace))

  for (const [what, method, path, body] of CHANGES)
    test(`${what} in the granted namespace is approved and done`, async () => {
      if (what === 'exec') await pod.running('probe')
      const where = path.replaceAll('NS', pod.granted)
      assert.equal(await pod.change(method, where, filled(body, pod.granted)), 'succeeded')
    })

  const REFUSED: readonly (readonly [what: string, rule: string, method: string, path: string, body?: unknown])[] = [
    [
      'scale',
      '{apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["patch"]}',
      'POST',
      '/cluster/deployment/NS/web/scale',
      { replicas: 2 },
    ],
    [
      'patch',
      '{apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"]}',
      'PATCH',
      '/cluster/resources/deployment/web',
      { namespace: 'NS', patch: { spec: { minReadySeconds: 1 } } },
    ],
    [
      'deletion',
      '{apiGroups: ["apps"], resources: ["deployments"], verbs: ["delete"]}',
      'DELETE',
      '/cluster/resources/deployment/web?namespace=NS',
    ],
    [
      'creation of a pod',
      '{apiGroups: [""], resources: ["pods"], verbs: ["create"]}',
      'POST',
      '/cluster/create/pod',
      { namespace: 'NS', name: 'probe', image: 'x:1' },
    ],
  ]
  for (const [what, rule, method, path, body] of REFUSED)
    test(`${what} anywhere else is refused before anybody is asked, with the rule that is missing`, async () => {
      const { status, body: answer } = await pod.ask(method, path.replaceAll('NS', pod.other), filled(body, pod.other))
      const said = JSON.stringify(answer).replaceAll('\\"', '"')
      assert.ok(status === 403 || textAt(answer, 'state') === 'invalid', said)
      assert.match(said, /system:serviceaccount:k8s-mcp:k8s-mcp/)
      assert.ok(said.includes(rule), said)
    })

  test('what is in no namespace cannot be changed either', async () => {
    const { body: nodes } = await pod.ask('GET', '/cluster/nodes')
    const node = textAt(at(nodes, 'items', '0'), 'name') || textAt(at(nodes, 'items', '0'), 'NAME')
    const { body } = await pod.ask('POST', `/cluster/node/${node}/cordon`, { cordon: true })
    assert.match(
      JSON.stringify(body).replaceAll('\\"', '"'),
      /rule in a ClusterRole allows it: \{apiGroups: \[""\], resources: \["nodes"\], verbs: \["patch"\]\}/,
    )
  })

  test('a token that the kubelet renews is used from then on', async () => {
    const [, payload = ''] = (await pod.renew()).split('.')
    assert.match(Buffer.from(payload, 'base64url').toString(), /system:serviceaccount:k8s-mcp:k8s-mcp/)
    assert.equal((await pod.ask('GET', '/cluster/namespaces')).status, 200)
  })
})
