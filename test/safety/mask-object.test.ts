import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../../src/kubernetes/types.ts'
import { maskObject } from '../../src/services/safety/mask-object.ts'

const object = (
  kind: string,
  fields: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', ...metadata },
  ...fields,
})

const M = '<masked>'

/** Refuses every write: what is masked must be a copy. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(Object.freeze(value))) frozen(each)
  return value
}

const masking = (given: KubeObject) => maskObject(frozen(structuredClone(given)))

test('a Secret keeps its keys and loses every value, whatever its type', () => {
  for (const type of [
    'Opaque',
    'kubernetes.io/service-account-token',
    'bootstrap.kubernetes.io/token',
    'helm.sh/release.v1',
  ]) {
    const given = object('Secret', {
      type,
      data: { 'ca.crt': 'cHVibGlj', empty: '', __proto__x: 'eA==' },
      stringData: { pin: '4711' },
    })
    assert.deepEqual(
      masking(given),
      object('Secret', { type, data: { 'ca.crt': M, empty: M, __proto__x: M }, stringData: { pin: M } }),
    )
  }
})

test('a Secret in a list, a template or another object is a Secret too, also where the list leaves its kind out', () => {
  const secret = { metadata: { name: 'db' }, data: { pin: 'NDcx' } }
  const masked = { metadata: { name: 'db' }, data: { pin: M } }
  assert.deepEqual(masking(object('SecretList', { items: [secret] })), object('SecretList', { items: [masked] }))
  assert.deepEqual(
    masking(object('List', { items: [{ kind: 'Secret', ...secret }] })),
    object('List', { items: [{ kind: 'Secret', ...masked }] }),
  )
  assert.deepEqual(
    masking(object('ManifestWork', { spec: { manifests: [{ kind: 'Secret', ...secret }] } })),
    object('ManifestWork', { spec: { manifests: [{ kind: 'Secret', ...masked }] } }),
  )
  assert.deepEqual(masking(object('ClusterSecret', { data: { a: 'b' } })), object('ClusterSecret', { data: { a: M } }))
})

test('the ConfigMaps that Helm keeps releases in are masked, in lists too; others are not', () => {
  const labels = { owner: 'helm', name: 'shop', status: 'deployed' }
  assert.deepEqual(
    masking(object('ConfigMap', { data: { release: 'H4sI' } }, { labels })),
    object('ConfigMap', { data: { release: M } }, { labels }),
  )
  assert.deepEqual(
    masking(object('ConfigMapList', { items: [{ metadata: { name: 'r', labels }, data: { release: 'x' } }] })),
    object('ConfigMapList', { items: [{ metadata: { name: 'r', labels }, data: { release: M } }] }),
  )
  const plain = object('ConfigMap', { data: { release: 'stable' } })
  assert.equal(maskObject(plain), plain)
})

test('the values of a ConfigMap are masked by their key, their text, and what their base64 hides', () => {
  const kubeconfig = 'users:\n- name: bot\n  user:\n    token: abcdef\n'
  const data = {
    'admin-password': 'swordfish',
    'log.level': 'debug',
    'server.key': 'x',
    'ca.crt': 'public',
    kubeconfig,
    'app.json': '{"db":{"host":"db","password":"x"}}',
    'deployment.yaml': 'env:\n- name: API_TOKEN\n  value: abc\n- name: LEVEL\n  value: info\n',
  }
  const binaryData = {
    a: Buffer.from('password=hunter2').toString('base64'),
    b: Buffer.from('just text').toString('base64'),
    'c.jks': 'AAAA',
  }
  assert.deepEqual(
    masking(object('ConfigMap', { data, binaryData })),
    object('ConfigMap', {
      data: {
        ...data,
        'admin-password': M,
        'server.key': M,
        kubeconfig: kubeconfig.replace('abcdef', M),
        'app.json': '{"db":{"host":"db","password":"<masked>"}}',
        'deployment.yaml': data['deployment.yaml'].replace('abc', M),
      },
      binaryData: { a: M, b: binaryData.b, 'c.jks': M },
    }),
  )
})

test('the annotation with the applied manifest is masked by the same rules, or as a whole where it is no JSON', () => {
  const key = 'kubectl.kubernetes.io/last-applied-configuration'
  const applied = (manifest: unknown) =>
    masking(object('Deployment', {}, { annotations: { [key]: JSON.stringify(manifest) } })).metadata.annotations?.[key]
  assert.equal(applied({ kind: 'Secret', data: { pin: 'NDcx' } }), JSON.stringify({ kind: 'Secret', data: { pin: M } }))
  assert.equal(
    applied({ kind: 'Deployment', spec: { env: [{ name: 'API_KEY', value: 'x' }] } }),
    JSON.stringify({ kind: 'Deployment', spec: { env: [{ name: 'API_KEY', value: M }] } }),
  )
  const nested = {
    kind: 'Pod',
    metadata: { annotations: { [key]: JSON.stringify({ kind: 'Secret', stringData: { a: 'b' } }) } },
  }
  assert.ok(!applied(nested)?.includes('"b'))
  assert.deepEqual(
    masking(
      object(
        'Pod',
        {},
        { annotations: { [key]: 'kind: Secret', 'objectset.rio.cattle.io/applied': 'H4sIAAA', note: 'kind: Secret' } },
      ),
    ).metadata.annotations,
    { [key]: M, 'objectset.rio.cattle.io/applied': M, note: 'kind: Secret' },
  )
})

test('an applied manifest without secrets stays as it was written, to the byte', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{ "kind" : "Pod", "spec":{ } }\n' }
  const given = object('Pod', {}, { annotations })
  assert.equal(maskObject(given), given)
})

test('annotations and labels are masked where their key says so', () => {
  const annotations = {
    'shop.example/api-token': 'abc',
    'cert-manager.io/private-key-algorithm': 'RSA',
    'nginx.ingress.kubernetes.io/auth-secret': 'shop/basic',
    'checksum/secret': 'a1b2c3d4'.repeat(8),
  }
  const labels = { password: 'swordfish', 'app.kubernetes.io/name': 'token-service' }
  assert.deepEqual(masking(object('Pod', {}, { annotations, labels })).metadata, {
    name: 'x',
    annotations: { ...annotations, 'shop.example/api-token': M, 'checksum/secret': M },
    labels: { ...labels, password: M },
  })
})

/** Name, value, and whether the value has to be masked. */
const variables: readonly (readonly [name: string, value: string, masked: boolean])[] = [
  ['DB_PASSWORD', 'swordfish', true],
  ['DB_PASSWD', 'swordfish', true],
  ['MYSQL_PWD', 'swordfish', true],
  ['CLIENT_SECRET', 'swordfish', true],
  ['TOKEN', 'swordfish', true],
  ['API_KEY', 'swordfish', true],
  ['APIKEY', 'swordfish', true],
  ['AWS_SECRET_ACCESS_KEY', 'swordfish', true],
  ['PRIVATE_KEY', 'swordfish', true],
  ['GOOGLE_CREDENTIALS', '{"type":"service_account"}', true],
  ['BASIC_AUTH', 'bob:swordfish', true],
  ['SENTRY_DSN', 'https://abc@sentry.example/1', true],
  ['CONNECTION_STRING', 'Server=db', true],
  ['SECRET_KEY_BASE', 'swordfish', true],
  ['TOKEN_PROD', 'swordfish', true],
  ['VAULT_SECRET_ID', '550e8400-e29b-41d4-a716-446655440000', true],
  ['STRIPE_KEY', 'a1b2c3d4e5f6a7b8c9d0', true],
  ['PASSWORD_FILE', 'c0rrect!h0rse', true],
  ['TOKEN_PATH', 'a1b2c3d4e5f6a7b8c9d0', true],
  ['KEYBOARD', 'us', false],
  ['MONKEY', 'business', false],
  ['TOKENIZER_PATH', '/models/tokenizer.json', false],
  ['SECRET_NAME', 'shop-db', false],
  ['PASSWORD_FILE', '/run/secrets/db_password', false],
  ['AUTH_URL', 'https://login.example/oauth', false],
  ['AUTH_SERVICE_HOST', '10.96.0.12', false],
  ['AUTH_SERVICE_PORT', '8080', false],
  ['AUTH_PORT_8080_TCP', 'tcp://10.96.0.12:8080', false],
  ['TOKEN_TTL', '3600s', false],
  ['CACHE_KEY', 'shop-v2', false],
  ['MAX_TOKENS', '4096', false],
  ['AUTHOR', 'bob', false],
  ['DB_PASSWORD', '$(SHARED_PASSWORD)', false],
  ['DB_PASSWORD', '', false],
  ['AUTH', 'true', false],
  ['TLS_KEY', '/etc/tls/tls.key', false],
]

for (const [name, value, masked] of variables) {
  test(`the variable ${name}=${value} is ${masked ? 'masked' : 'shown'}`, () => {
    const spec = (shown: string) => ({
      template: { spec: { containers: [{ name: 'x', env: [{ name, value: shown }] }] } },
    })
    assert.deepEqual(
      masking(object('Deployment', { spec: spec(value) })),
      object('Deployment', { spec: spec(masked ? M : value) }),
    )
  })
}

test('name-value pairs are masked wherever they stand: init containers, probes, custom resources, pipelines', () => {
  const pair = (value: string) => ({ name: 'Authorization', value })
  for (const spec of [
    (value: string) => ({ initContainers: [{ env: [pair(value)] }] }),
    (value: string) => ({ ephemeralContainers: [{ env: [pair(value)] }] }),
    (value: string) => ({ containers: [{ livenessProbe: { httpGet: { httpHeaders: [pair(value)] } } }] }),
    (value: string) => ({ source: { helm: { parameters: [pair(value)] } } }),
  ])
    assert.deepEqual(masking(object('Any', { spec: spec('swordfish') })), object('Any', { spec: spec(M) }))
})

test('a variable that refers to a Secret shows where its value comes from', () => {
  const given = object('Pod', {
    spec: {
      containers: [{ env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }],
    },
  })
  assert.equal(maskObject(given), given)
})

test('addresses in variables lose their password only', () => {
  const given = object('Pod', { spec: { env: [{ name: 'DATABASE_URL', value: 'postgres://shop:pw@db/shop' }] } })
  assert.deepEqual(masking(given).spec, { env: [{ name: 'DATABASE_URL', value: 'postgres://shop:<masked>@db/shop' }] })
})

test('arguments are masked behind their flag or in it', () => {
  const given = [
    '--password=x',
    '--token',
    'abc',
    '--port',
    '8080',
    '--token-file',
    '/run/token',
    '--password',
    '--verbose',
    '-c',
    'PGPASSWORD=x psql',
  ]
  const masked = [
    '--password=<masked>',
    '--token',
    M,
    '--port',
    '8080',
    '--token-file',
    '/run/token',
    '--password',
    '--verbose',
    '-c',
    'PGPASSWORD=<masked> psql',
  ]
  for (const field of ['args', 'command', 'extraArgs'])
    assert.deepEqual(masking(object('Pod', { spec: { containers: [{ [field]: given }] } })).spec, {
      containers: [{ [field]: masked }],
    })
})

test('fields of custom resources and token requests are masked by their name', () => {
  const spec = {
    user: 'bob',
    password: 'swordfish',
    port: 5432,
    adminPassword: 471147,
    passwords: ['a1', 'b2'],
    auth: { type: 'basic', apiKey: 'abc' },
    secretName: 'db',
    passwordSecretRef: { name: 'db', key: 'pw' },
    secret: 'shop-db',
  }
  assert.deepEqual(masking(object('Database', { spec })).spec, {
    ...spec,
    password: M,
    adminPassword: M,
    passwords: [M, M],
    auth: { type: 'basic', apiKey: M },
  })
  assert.deepEqual(masking(object('TokenRequest', { status: { token: 'abc', expirationTimestamp: 'x' } })).status, {
    token: M,
    expirationTimestamp: 'x',
  })
})

test('what is public stays: CA bundles, certificates, keys of signers, names of Secrets', () => {
  const certificate = '-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n'
  const given = object('Any', {
    webhooks: [{ clientConfig: { caBundle: Buffer.from(certificate).toString('base64'), service: { name: 'hook' } } }],
    status: { certificate: Buffer.from(certificate).toString('base64') },
    spec: {
      caBundle: certificate,
      publicKey: `ssh-ed25519 ${'A1b2'.repeat(17)}`,
      imagePullSecrets: [{ name: 'regcred' }],
      secretName: 'tls',
      serviceAccountName: 'token-reader',
      volumes: [
        { secret: { secretName: 'db' } },
        { projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } },
      ],
      topologyKey: 'kubernetes.io/hostname',
      tolerations: [{ key: 'token', operator: 'Exists' }],
    },
    rules: [{ resources: ['secrets'], resourceNames: ['db-password'], verbs: ['get'] }],
  })
  assert.equal(maskObject(given), given)
})

test('managedFields are left out and nothing else is; an object with nothing to hide is the same object', () => {
  const given = object(
    'Pod',
    { spec: { containers: [] } },
    { labels: { app: 'x' }, managedFields: [{ manager: 'kubectl' }] },
  )
  assert.deepEqual(masking(given), object('Pod', { spec: { containers: [] } }, { labels: { app: 'x' } }))
  const plain = object('Pod', { spec: { containers: [] } })
  assert.equal(maskObject(plain), plain)
})

test('only the path to what changed is copied', () => {
  const given = object('Pod', {
    spec: { containers: [{ env: [{ name: 'TOKEN', value: 'abc' }] }], volumes: [{ name: 'v' }] },
    status: { phase: 'Running' },
  })
  const masked = maskObject(given)
  assert.equal(masked.status, given.status)
  assert.equal(masked.metadata, given.metadata)
  assert.notEqual(masked.spec, given.spec)
})

test('a key called __proto__ is a key, and nesting without end is masked instead of followed', () => {
  const given: KubeObject = JSON.parse(
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"data":{"__proto__":"NDcx"}}',
  )
  assert.equal(JSON.stringify(maskObject(given).data), '{"__proto__":"<masked>"}')
  const deep: unknown = JSON.parse(`${'[['.repeat(5000)}"swordfish"${']]'.repeat(5000)}`)
  assert.ok(!JSON.stringify(maskObject(object('Any', { spec: deep }))).includes('swordfish'))
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': `${'['.repeat(50_000)}"password=swordfish"${']'.repeat(50_000)}`,
  }
  assert.ok(!JSON.stringify(maskObject(object('Any', {}, { annotations }))).includes('swordfish'))
})
