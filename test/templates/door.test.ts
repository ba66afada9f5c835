import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { ANONYMOUS } from '../../src/call.ts'
import { templates } from '../../templates/index.ts'
import { at, listAt, textAt } from '../support/json.ts'
import { type Answered, openSite, type Site } from './site.ts'

const told = ({ status, body }: Answered) => [status, at(body, 'code')]
const values = (answer: unknown) =>
  Object.fromEntries(listAt(answer, 'parameters').map((each) => [textAt(each, 'name'), at(each, 'value')]))

suite('templates by REST, without a cluster', () => {
  let site: Site
  const ends: (() => unknown)[] = []
  test.before(async () => {
    site = await openSite({ after: (work) => ends.push(work) }, '/nonexistent')
  })
  test.after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  test('the list has each with its kinds, tags and parameters', async () => {
    const { status, body } = await site.get('/templates')
    const rows = listAt(body, 'templates')
    assert.deepEqual([status, rows.length], [200, templates.length])
    const [first] = rows
    assert.deepEqual(at(first, 'kinds'), ['Deployment', 'Service', 'Ingress'])
    assert.ok(listAt(first, 'parameters').includes('replicas'))
  })

  test('the other query parameters are those of the template, each as the type it has', async () => {
    const query = 'name=shop&replicas=3&autoscaled=false&env=A%3Db%3Dc&env=D%3D&args=--x&port=9000'
    const { status, body } = await site.get(`/templates/deployment?${query}`)
    assert.equal(status, 200)
    const { name, replicas, autoscaled, env, args, port } = values(body)
    assert.deepEqual(
      { name, replicas, autoscaled, env, args, port },
      { name: 'shop', replicas: 3, autoscaled: false, env: ['A=b=c', 'D='], args: ['--x'], port: 9000 },
    )
    const spec = at(parse(textAt(body, 'content')), 'spec')
    assert.deepEqual(
      [at(spec, 'replicas'), at(spec, 'template', 'spec', 'containers', 0, 'env')],
      [
        3,
        [
          { name: 'A', value: 'b=c' },
          { name: 'D', value: '' },
        ],
      ],
    )
  })

  test('format=yaml is the YAML itself, for whoever does not ask for data', async () => {
    const plain = await site.get('/templates/deployment?format=yaml&name=shop')
    assert.deepEqual([plain.status, plain.type], [200, 'application/yaml'])
    assert.deepEqual(at(parse(plain.text), 'metadata', 'name'), 'shop')
    const wanted = await site.get('/templates/deployment?name=shop', 'application/yaml')
    assert.equal(wanted.text, plain.text)
    const data = await site.get('/templates/deployment?format=yaml&name=shop', 'application/json')
    assert.equal(at(data.body, 'content'), plain.text)
  })

  test('the text that a model sees can be applied as it is', async () => {
    const { text } = await site.get('/templates/deployment', 'text/plain')
    assert.deepEqual(parse(text), parse((await site.get('/templates/deployment?format=yaml')).text))
    assert.match(text, /^# {3}replicas <number> default 2: .* Must be a whole number from 0 to 1000\.$/m)
  })

  test('format=json is the same objects, and as data', async () => {
    const { body } = await site.get('/templates/web-application?format=json')
    const content: unknown = JSON.parse(textAt(body, 'content'))
    assert.deepEqual(listAt(content, 'items'), listAt(body, 'objects'))
    assert.equal(at(content, 'kind'), 'List')
  })

  test('what a form sends for fields that nobody filled in is no value', async () => {
    const { status, body } = await site.get('/templates/deployment?partOf=&env=&env=A%3Db&args=&configMap=&replicas=')
    assert.equal(status, 200)
    const { partOf, env, args, configMap, replicas } = values(body)
    assert.deepEqual([partOf, env, args, configMap, replicas], [undefined, ['A=b'], [], undefined, 2])
  })

  test('an unknown template is told with its nearest names', async () => {
    const answer = await site.get('/templates/deploymnt?name=x')
    assert.deepEqual(told(answer), [404, 'unknown_template'])
    assert.match(textAt(answer.body, 'next'), /"deployment"/)
    assert.deepEqual(told(await site.get('/templates/nothing-like-it')), [404, 'unknown_template'])
  })

  const refused: readonly (readonly [query: string, detail: RegExp])[] = [
    ['deployment?replicas=many', /replicas must be a whole number from 0 to 1000/],
    ['deployment?replicas=-1', /replicas must be a whole number from 0 to 1000/],
    ['deployment?replicas=1.5', /replicas must be a whole number/],
    ['deployment?replicas=1&replicas=2', /replicas must be a whole number/],
    ['deployment?autoscaled=yes', /autoscaled must be true or false/],
    ['deployment?image=nginx', /image must be an image with a tag other than latest/],
    ['deployment?image=nginx:latest', /image must be an image with a tag other than latest/],
    ['deployment?image=nginx:latest@sha256:' + '0'.repeat(64), /image must be an image with a tag/],
    ['deployment?name=Web', /name must be lower-case letters, digits and dashes/],
    ['deployment?name=' + 'x'.repeat(53), /name must be lower-case letters/],
    ['deployment?name=a%0Ab', /name must be lower-case letters/],
    ['deployment?env=novalue', /env must be a list of at most 50, none of them twice, each name=value/],
    ['deployment?env=A%3D1&env=A%3D2', /env must be a list of at most 50, none of them twice/],
    ['deployment?env=A%3D%00', /without control characters/],
    ['deployment?nosuch=1', /has no parameter "nosuch"/],
    ['deployment?nosuch=', /has no parameter "nosuch"/],
    ['deployment?replica=1', /has no parameter "replica"/],
    ['deployment?parameters=%7B%7D', /has no parameter "parameters"/],
    ['service?type=clusterip', /type must be one of ClusterIP, Headless, NodePort/],
    ['service?nodePort=30000', /nodePort is only for the types NodePort and LoadBalancer/],
    ['hpa?minReplicas=5&maxReplicas=2', /minReplicas must not be more than maxReplicas/],
    ['limit-range?memory=4Gi&maxMemory=2Gi', /memory must not be more than maxMemory/],
    ['tenant?defaultCpu=3&maxCpu=2', /defaultCpu must not be more than maxCpu/],
    ['cronjob?timeZone=Europe/Nowhere', /timeZone must be the name of a time zone/],
    ['cronjob?schedule=often', /schedule must be five fields/],
    ['cronjob?schedule=60%20*%20*%20*%20*', /schedule must be five fields/],
    ['crd?group=shop.k8s.io', /group must be a domain of yours/],
    ['role?verbs=*', /verbs must be a list of at most 8/],
    ['statefulset?mountPath=/tmp', /mountPath must not be \/tmp/],
    ['statefulset?mountPath=/a/../b', /mountPath must be an absolute path/],
    ['deployment?format=xml', /format must be equal/],
    ['deployment?validate=client', /validate must be equal/],
    ['deployment?context=a', /context is only for validate=server/],
    ['deployment?__proto__=1', /"__proto__" is not a name/],
    ['DEPLOY%00?a=1', /template must match pattern/],
  ]
  for (const [query, detail] of refused)
    test(`${query.slice(0, 60)} is refused by name, with what is allowed`, async () => {
      const answer = await site.get(`/templates/${query}`)
      assert.deepEqual(told(answer), [400, 'bad_input'], answer.text)
      assert.match(textAt(answer.body, 'detail'), detail)
    })

  test('a near name is told for a parameter as well', async () => {
    const { body } = await site.get('/templates/deployment?replica=1')
    assert.match(textAt(body, 'next'), /Did you mean "replicas"/)
  })

  test('where there is no cluster, validating says so; everything else works', async () => {
    assert.deepEqual(told(await site.get('/templates/deployment?validate=server')), [503, 'cluster_unavailable'])
  })

  test('templates are for everybody; a cluster is for those who may use it', async () => {
    assert.equal((await site.get('/templates/deployment', '*/*', ANONYMOUS)).status, 200)
    assert.equal((await site.get('/templates', '*/*', ANONYMOUS)).status, 200)
    const asked = await site.get('/templates/deployment?validate=server', '*/*', ANONYMOUS)
    assert.deepEqual(told(asked), [401, 'unauthenticated'])
  })

  test('a value is nobody else’s: the log has none', async () => {
    await site.get('/templates/deployment?env=PASSWORD%3Dhunter-7321')
    assert.doesNotMatch(site.logText(), /7321/)
  })

  test('nothing is masked: the manifest is what was asked for', async () => {
    const { body } = await site.get('/templates/deployment?env=PASSWORD%3Dhunter-7321')
    assert.match(textAt(body, 'content'), /hunter-7321/)
    const { objects } = { objects: listAt((await site.get('/templates/secret?format=json')).body, 'objects') }
    assert.deepEqual(at(objects, 0, 'stringData'), { username: 'CHANGE-ME', password: 'CHANGE-ME' })
  })

  test('OpenAPI says that the parameters of the template are in the query', async () => {
    const { body } = await site.get('/openapi.json')
    const [parameter] = listAt(body, 'paths', '/templates/{template}', 'get', 'parameters').filter(
      (each) => at(each, 'name') === 'parameters',
    )
    // A query parameter of type object is one query parameter for each of its fields (OpenAPI 3.1, style form, explode).
    assert.deepEqual([at(parameter, 'in'), at(parameter, 'schema', 'type')], ['query', 'object'])
  })
})
