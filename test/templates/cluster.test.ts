import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { applyManifest } from '../../src/operations/apply/apply-manifest.ts'
import type { Template } from '../../src/services/templates/define.ts'
import { templates } from '../../templates/index.ts'
import { skipWithoutApiServer, withNamespace } from '../cluster/shared.ts'
import { type OwnCluster, startCluster } from '../cluster/start.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { installGatewayApi } from './gateway-api.ts'
import { openSite, type Site } from './site.ts'
import { filled, podSpecsOf, templateOf, type Values, valuesFor, yamlOf } from './support.ts'

const RUNS = 10
const EXISTING = { serviceAccount: 'default', priorityClass: 'system-node-critical' }

/** What the API server says against objects of a dry run: refusals, warnings, what could not be tried. */
const complaintsIn = (entries: readonly unknown[]): unknown[] =>
  entries
    .filter(
      (each) =>
        !['create', 'change', 'unchanged'].includes(textAt(each, 'action')) || at(each, 'warnings') !== undefined,
    )
    .map((each) => ['kind', 'action', 'error', 'warnings', 'notes'].map((key) => at(each, key)))

suite('templates on a real API server', { skip: skipWithoutApiServer() }, () => {
  let cluster: OwnCluster
  let site: Site
  let namespace: string
  const ends: (() => unknown)[] = []

  test.before(async () => {
    cluster = await startCluster({ apiOnly: true })
    namespace = await withNamespace(cluster)
    const level = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    }
    await cluster.api.merge(`/api/v1/namespaces/${namespace}`, { metadata: { labels: level } })
    await installGatewayApi(cluster)
    site = await openSite({ after: (work) => ends.push(work) }, cluster.kubeconfig)
  })
  test.after(async () => {
    for (const end of ends.toReversed()) await end()
    await cluster?.stop()
  })

  /** Where the objects of a template are tried: in the namespace with Pod Security, where they belong to one. */
  const placed = ({ name, parameters }: Template): Values => {
    if ('namespace' in parameters.properties) return { namespace }
    return name === 'tenant' ? { name: namespace } : {}
  }

  /** What has to be there already: admission looks for these two. */
  const existing = ({ parameters }: Template): Values =>
    Object.fromEntries(Object.entries(EXISTING).filter(([name]) => name in parameters.properties))

  async function assertAccepted(template: Template, values: Values): Promise<void> {
    const yaml = await yamlOf(template.name, values)
    const documents = listAt(await site.diff(yaml), 'documents')
    assert.deepEqual(complaintsIn(documents), [], yaml)
    assert.ok(documents.length > 0)
  }

  // A workload is only warned about; its Pods would be refused. So each Pod is tried itself.
  async function assertRestricted({ name }: Template, values: Values): Promise<void> {
    const { objects = [] } = await filled(name, values)
    for (const spec of objects.flatMap(podSpecsOf)) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'tried-' }, spec }
      await cluster.api.create(`/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`, pod)
    }
  }

  for (const template of templates) {
    test(`${template.name}: a strict dry run takes it as it comes`, async () => {
      const values = placed(template)
      const query = new URLSearchParams(
        Object.entries(values).map(([key, value]): [string, string] => [key, String(value)]),
      )
      const { status, body } = await site.get(`/templates/${template.name}?validate=server&${query}`)
      assert.equal(status, 200)
      const validation = at(body, 'validation')
      assert.deepEqual(complaintsIn(listAt(validation, 'objects')), [])
      assert.ok(listAt(validation, 'objects').every((each) => at(each, 'accepted') === 'yes'))
      await assertAccepted(template, values)
      const { content } = await filled(template.name, values)
      assert.deepEqual(complaintsIn(listAt(await site.diff(content), 'documents')), [])
      await assertRestricted(template, values)
    })

    test(`${template.name}: a strict dry run takes it with any parameters`, async () => {
      const any = valuesFor(template, { ...placed(template), ...existing(template) })
      await fc.assert(
        fc.asyncProperty(any, async (values) => {
          await assertAccepted(template, values)
          await assertRestricted(template, values)
        }),
        { numRuns: RUNS },
      )
    })
  }

  test('what Pod Security refuses is seen here', async () => {
    const [spec] = (await filled('debug-pod')).objects?.flatMap(podSpecsOf) ?? []
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { ...Object(spec), hostNetwork: true } }
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`
    await assert.rejects(cluster.api.create(path, pod), /violates PodSecurity/)
  })

  test('what the API server refuses is told by object', async () => {
    const query = `namespace=nowhere-at-all&validate=server`
    const { status, body } = await site.get(`/templates/web-application?${query}`)
    const objects = listAt(body, 'validation', 'objects')
    assert.deepEqual([status, objects.map((each) => at(each, 'accepted'))], [200, ['no', 'no', 'no']])
    assert.match(textAt(objects[0], 'error'), /not_found: .*nowhere-at-all/)
    const { text } = await site.get(`/templates/web-application?${query}`, 'text/plain')
    assert.match(text, /# Dry run on context .*: 3 refused\. Nothing was changed\.\n# {3}Deployment web: no; not_found/)
  })

  test('the namespace of a tenant that is not there yet cannot be tried into, and that is said', async () => {
    const { body } = await site.get('/templates/tenant?name=team-b&validate=server')
    const objects = listAt(body, 'validation', 'objects')
    assert.deepEqual(
      objects.map((each) => at(each, 'accepted')),
      ['yes', ...Array.from({ length: objects.length - 1 }, () => 'unknown')],
    )
  })

  test('an unknown context is told', async () => {
    const { status, body } = await site.get('/templates/pvc?validate=server&context=nowhere')
    assert.deepEqual([status, at(body, 'code')], [404, 'unknown_context'])
  })

  test('applyManifest takes a template: it waits for a person, with every object in its plan', async () => {
    const yamlContent = await yamlOf('web-application', { namespace })
    const approval = await site.ask(applyManifest, { yamlContent, namespace })
    assert.equal(at(approval, 'state'), 'pending')
    assert.equal(listAt(approval, 'plan', 'targets').length, templateOf('web-application').kinds.length)
  })
})
