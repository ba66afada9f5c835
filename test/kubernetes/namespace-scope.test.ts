import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beyondNamespaces } from '../../src/kubernetes/namespace-scope.ts'

const SCOPE = { namespaces: ['shop', 'team-*'] }
const isWithin = (method: string, path: string) =>
  beyondNamespaces(SCOPE, method, path.split('/').slice(1)) === undefined

const WITHIN = [
  'GET /api/v1/namespaces/shop',
  'GET /api/v1/namespaces/shop/pods',
  'DELETE /api/v1/namespaces/team-a/pods/web',
  'GET /api/v1/namespaces/shop/pods/web/log',
  'PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale',
  'GET /apis/metrics.k8s.io/v1beta1/namespaces/team-/pods',
  'GET /api',
  'GET /apis',
  'GET /api/v1',
  'GET /apis/apps/v1',
  'GET /version',
  'GET /readyz',
  'GET /openapi/v3/apis/apps/v1',
  'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  'POST /apis/authentication.k8s.io/v1/selfsubjectreviews',
]

const BEYOND = [
  'GET /api/v1/namespaces',
  'POST /api/v1/namespaces',
  'GET /api/v1/namespaces/prod',
  'GET /api/v1/namespaces/shopping/pods',
  'GET /api/v1/namespaces/Shop/pods',
  'GET /api/v1/namespaces//pods',
  'GET /api/v1/namespaces/prod/pods/shop',
  'GET /api/v1/pods',
  'GET /api/v1/pods/namespaces/shop',
  'GET /api/v1/nodes/shop',
  'GET /apis/apps/v1/deployments',
  'GET /apis/example.com/v1/namespaces/shop',
  'GET /apis/example.com/v1/clusterthings/namespaces/shop',
  'GET /apis/namespaces/shop/pods',
  'GET /api/namespaces/shop/pods',
  'GET /namespaces/shop/pods',
  'GET /proxy/v1/namespaces/shop/pods',
  'GET /logs',
  'GET /metrics',
  'GET /debug/pprof',
  'GET /readyz/etcd',
  'POST /version',
  'DELETE /api/v1',
  'POST /apis/authorization.k8s.io/v1/subjectaccessreviews',
  'POST /apis/authorization.k8s.io/v1/namespaces/prod/localsubjectaccessreviews',
  'GET /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  'POST /apis/authentication.k8s.io/v1/tokenreviews',
  'POST /apis/evil.k8s.io/v1/selfsubjectreviews',
]

for (const line of WITHIN)
  test(`${line} is within`, () => {
    const [method = '', path = ''] = line.split(' ')
    assert.ok(isWithin(method, path))
  })

for (const line of BEYOND)
  test(`${line} is beyond, and says so`, () => {
    const [method = '', path = ''] = line.split(' ')
    const refusal = beyondNamespaces(SCOPE, method, path.split('/').slice(1))
    assert.equal(refusal?.code, 'forbidden')
    assert.match(`${refusal.message} ${refusal.next}`, /"shop", "team-\*" only.*Name one of them/)
  })

test('who is not limited reaches everything, and who has no namespace none', () => {
  const path = ['api', 'v1', 'pods']
  assert.equal(beyondNamespaces({}, 'GET', path), undefined)
  assert.equal(beyondNamespaces({ contexts: ['dev'] }, 'GET', path), undefined)
  assert.match(
    beyondNamespaces({ namespaces: [] }, 'GET', ['api', 'v1', 'namespaces', 'shop'])?.message ?? '',
    /no namespace/,
  )
})
