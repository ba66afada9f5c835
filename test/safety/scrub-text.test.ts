import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { scrubText } from '../../src/services/safety/scrub-text.ts'

/** Texts with the secret between « and »: what is between has to be masked, and nothing else. */
const masked: Readonly<Record<string, readonly string[]>> = {
  'a value after an equals sign': [
    'password=«hunter2»',
    'PGPASSWORD=«hunter2» psql -h db',
    'user=bob password=«p@ss,w;rd)x» host=db',
    'Server=db;Uid=sa;Pwd=«hunter2»;Encrypt=true',
    'https://api.example/v1?token=«abc»&page=2',
    'curl "https://api.example/v1?access_token=«abc»"',
    'docker login \\\n  --docker-password=«pass1234» \\\n  --user bob',
    'export API_KEY=«abc»',
    '{Name:bob Password:«hunter2» Age:3}',
    'map[password:«hunter2» user:bob]',
    'call(password=«abc», user=bob)',
    'password = «hunter2»',
    ':password=>"«hunter2»"',
    'db.user=shop\ndb.password=«correct horse battery»\ndb.pool=5\n',
    'PASSWORD=«correct horse»\nUSER=bob',
    'secret_key=«swordfish»',
    '-Dspring.datasource.password=«hunter2» -Xmx1g',
    '//registry.example/:_authToken=«abcdef»',
    'PIN_TOKEN=«12345»',
  ],
  'a quoted value': [
    '"password": "«correct horse»"',
    '{"user":"bob","apiKey":"«x\\"y»"}',
    "'token': '«it''s»', 'x': 1",
    '{\\"password\\":\\"«a\\\\\\"b»\\",\\"user\\":\\"bob\\"}',
    'msg="login" token="«abc def»" user=bob',
    '"token":"«never closed»\nnext line',
    '"passwords": [«"a", "b"»], "users": ["bob"]',
    'auth: "«dXNlcjpwYXNz»"',
    "CREATE USER shop IDENTIFIED BY '«hunter2»';",
    "ALTER ROLE shop WITH PASSWORD '«hunter2»'",
  ],
  'a line of YAML': [
    'password: «hunter2»',
    'users:\n- name: bob\n  user:\n    token: «abcdef» # from the vault\n',
    'password: «correct horse battery»',
    '+  password: «new»\n-  password: «old»',
    'a: 1\\npassword: «hunter2»\\nb: 2',
    'password: |\n  «line one\n  line two»\nuser: bob',
    'db:\n  password: >-\n    «folded»\n  user: bob',
    'annotations:\n  shop.example/api-token: «abc»\n',
    '- name: DB_PASSWORD\n  value: «correct horse»\n- name: USER\n  value: bob',
    '[{"name":"API_TOKEN","value":"«x»"},{"name":"USER","value":"bob"}]',
  ],
  'a value in prose': [
    'failed with token: «a1b2c3d4e5»',
    'Generated admin password: «swordfish»',
    'API key: «abcd1234efgh»',
    'Secret Access Key: «wJalrXUtnFEMIK7MDENGbPxRfi»',
    'spec.password: Invalid value: "«hunter2»": must be longer',
    'data[password]: Invalid value: "«hunter2»"',
    'the root password is: «Xy9fooBar»',
    'mysql --password «hunter2» -h db',
    'run with --api-token «abc123» now',
    '<password>«correct horse»</password>',
  ],
  'HTTP credentials': [
    'Authorization: Bearer «abc.def»',
    'authorization: basic «dXNlcjpwYXNz»',
    '"Authorization": "Bearer «abcdef»", "x": 1',
    'curl -H "Authorization: Token «abcdef»" https://api.example',
    'sent Bearer «abcdefgh12345678» upstream',
    'Proxy-Authorization: Digest «username="bob", response="6629fae49393a05397450978507c4ef1"»',
    'Cookie: «session=abc; theme=dark»',
    'X-Api-Key: «abc»',
    'curl -u bob:«hunter2» https://api.example',
  ],
  'a password in an address': [
    'postgres://shop:«pw»@db:5432/shop',
    'redis://:«pw»@cache/0',
    'amqp://guest:«p@ss»@mq:5672',
    'https://user:«pa/ss?x»@host/path',
    'GET "https://bot:«pw»@registry.example/v2/": 401',
    'shop:«pw»@tcp(db:3306)/shop',
    `https://«${'a1b2c3d4'.repeat(5)}»@git.example/x.git`,
  ],
  'tokens that Kubernetes makes': [
    'kubeadm join 10.0.0.1:6443 --token «abcdef.0123456789abcdef» --discovery-token-ca-cert-hash sha256:1234',
    'Using bootstrap token abcdef.«0123456789abcdef» for discovery',
    '--certificate-key «f8902e114ef118304e561c3ecd4d0b543adc226b7a07f675f56564185ffe0c07»',
    'kind: Secret\nmetadata:\n  name: db\ndata:\n  pin: «NDcx»\n  file: |\n    «eA==\n    eQ==»\ntype: Opaque',
    'apiVersion: v1\nstringData:\n  pin: «4711»\nkind: Secret\n---\nkind: ConfigMap\ndata:\n  pin: 1\n',
    'kind: Secret\r\ndata: # of the shop\r\n  pin: «NDcx»\r\n  # a comment\r\n  b: «eA==»\r\n',
    '{"manifest":"kind: Secret\\ndata:\\n  pin: «NDcx»\\n  q: «eA==»\\ntype: Opaque\\n"}',
    '{\n  "kind": "Secret",\n  "data": {\n    "pin": "«NDcx»",\n    "q": "«eA==»"\n  },\n  "type": "Opaque"\n}',
    'applied {"kind":"Secret","data":{"pin":"«NDcx»","q":"«eA==»"},"metadata":{"name":"db"}} ok',
  ],
}

for (const [what, texts] of Object.entries(masked)) {
  test(`masked, and nothing around it: ${what}`, () => {
    assert.deepEqual(
      texts.map((text) => scrubText(text.replace(/[«»]/g, ''))),
      texts.map((text) => text.replace(/«[^»]*»/g, '<masked>')),
    )
  })
}

const unchanged: readonly string[] = [
  'secret "db" not found',
  "couldn't find key password in Secret trouble/db",
  'couldn\'t find key "password" in Secret trouble/db',
  'MountVolume.SetUp failed for volume "creds" : secret "nosuch" not found',
  'references non-existent secret key: tls.key',
  'secrets "db-password" is forbidden: User "alice" cannot get resource "secrets"',
  'secretName: db',
  'secret: db-credentials',
  'level=info msg="reconciled" secret=shop/db-credentials token-ttl=3600',
  'existingSecret: shop-db',
  'imagePullSecrets:\n- name: regcred',
  'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
  'token expired',
  'invalid token: expired',
  'the token has expired: log in again',
  'failed to validate token: context deadline exceeded',
  'wrong password: try again',
  'incorrect password',
  'the password is required, the password is wrong',
  '"auth": [{"type": "ldap"}], "secret": ["db"]',
  'error: You must be logged in to the server (Unauthorized)',
  'serviceAccountToken:\n  expirationSeconds: 3607\n  path: token',
  'automountServiceAccountToken: false',
  '"automountServiceAccountToken":true',
  'type: kubernetes.io/service-account-token',
  "DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false",
  'password=$(DB_PASSWORD) token=${TOKEN} key={{ .Values.apiKey }}',
  'PASSWORD_FILE=/run/secrets/db TOKEN_URL=https://login.example/token SECRET_NAME=db',
  'image: registry.example/shop/auth:v1.9',
  'shop/token-service:1.2.3@sha256:f4d2ac294bcbc6772277b9705810fedfe2f4215408670463ef53a4b8401f8df8',
  'https://registry.example:5000/shop/web@sha256:f4d2ac294bcbc6772277b9705810fedfe2f4215408670463ef53a4b8401f8df8',
  'dial tcp: lookup auth:8080: no such host',
  'Get "https://10.0.0.1:6443/api/v1/namespaces/shop/secrets/db": dial tcp 10.0.0.1:6443: connect: connection refused',
  'uid: 550e8400-e29b-41d4-a716-446655440000, resourceVersion: 123456',
  '"continue":"eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTIzNDU2LCJzdGFydCI6InNob3Avd2ViLTEifQ"',
  'web-7d4b9c8f6d-abcde default-token-x7k2p sk-7d4b9c8f6d-abcde disk-eyJ',
  '--authorization-mode=Node,RBAC --tls-private-key-file=/etc/kubernetes/pki/apiserver.key --kubelet-client-key=/etc/kubernetes/pki/a.key',
  '--service-account-issuer=https://kubernetes.default.svc --enable-bootstrap-token-auth=true --use-service-account-credentials=true',
  'auth: ldap',
  'Failed to pull image "registry.example/shop/auth": rpc error: code = NotFound',
  'open /run/secrets/db-password: EACCES',
  'nginx.ingress.kubernetes.io/auth-type: basic',
  'WWW-Authenticate: Bearer realm="https://auth.example/token",service="registry"',
  'basic authentication failed, bearer token missing, Basic understanding',
  '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----',
  'expected a "-----BEGIN PRIVATE KEY-----" header',
  'max_tokens=4096 tokens: 512 pass-through=yes keyboard: us',
  'password=true auth=enabled token: null secret: ""',
  'kubectl run --user 1000:1000; docker run -u app:app',
  'npm_config_registry=https://registry.example npm_package_name=shop',
  'host abcdef.0123456789abcdef resolved',
  'token == null, password != confirm',
  'kubectl --token <token> <endpoint>:<port>',
  'see the `Authorization:` header, or `password:` below',
  '<masked> password=<masked> "token": "<masked>" https://a:<masked>@b',
  'nextPageToken: CAESEA12345678',
  'Started container token-refresher, 3 of 4 passed',
  '😀 pässwörd ünïcode ﬁne',
  '\u001b[31mred\u001b[0m text with a token',
]

test('ordinary text of Kubernetes stays as it is', () => {
  for (const text of unchanged) assert.equal(scrubText(text), text)
})

function* stringsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* stringsIn(each)
}

const troubles = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/troubles/${file}`, import.meta.url), 'utf8'))

test('all that a real cluster wrote about 36 troubles stays as it is', () => {
  const texts = [...stringsIn(troubles('recorded.json'))]
  assert.ok(texts.length > 2000)
  for (const text of texts) assert.equal(scrubText(text), text)
})

test('refusals that users paste stay as they are, but for the token on one command line', () => {
  const changed = [...stringsIn(troubles('messages.json'))].filter((text) => scrubText(text) !== text)
  assert.deepEqual(
    changed.map((text) => scrubText(text)),
    changed.map((text) => text.replace('--token=nonsense', '--token=<masked>')),
  )
  assert.equal(changed.length, 1)
})

test('the secret is masked where colours stand between its name and itself, and the colours go with it', () => {
  assert.equal(scrubText('\u001b[36mpassword\u001b[0m=hunter2 user=bob'), 'password=<masked> user=bob')
  assert.equal(scrubText('{"msg":"\\u001b[36mtoken\\u001b[0m=a1"}'), '{"msg":"token=<masked>"}')
})

const joined = (...parts: readonly string[]) => parts.join('')

/** Written in parts, so that no scanner of this repository finds them. */
const shapes: readonly string[] = [
  joined('AK', 'IA', 'IOSFODNN7EXAMPLE'),
  joined('gh', 'o_', 'a1B2'.repeat(9)),
  joined('gh', 's_', 'a1B2'.repeat(9)),
  joined('github', '_pat_', 'a1B2'.repeat(12)),
  joined('gl', 'pat-', 'a1-B'.repeat(5)),
  joined('xo', 'xp-', '1234-5678-abcd'),
  joined('AI', 'za', 'a1_B'.repeat(9)),
  joined('ya', '29.', 'a1_B'.repeat(9)),
  joined('rk', '_live_', 'a1B2'.repeat(6)),
  joined('s', 'k-ant-', 'a1-B'.repeat(9)),
  joined('s', 'k-', 'a1B2'.repeat(12)),
  joined('np', 'm_', 'a1B2'.repeat(9)),
  joined('py', 'pi-', 'AgEIcHlwaS5vcmc', 'a1_B'.repeat(12)),
  joined('dop', '_v1_', 'a1b2'.repeat(16)),
  joined('S', 'G.', 'a1_B'.repeat(5), '.', 'a1-B'.repeat(10)),
  joined('hv', 's.', 'a1B2'.repeat(8)),
  joined('k8smcp', '_agent_', 'a1-B'.repeat(10)),
  joined('hooks.slack', '.com/services/', 'T0000/B0000/abcdef12'),
  joined('$2', 'y$10$', 'a1B2'.repeat(13), 'x'),
  joined('LS0tLS1CRUdJTi', 'BSU0EgUFJJVkFURSBLRVktLS0tLQo', 'a1B2'.repeat(20), '=='),
]

test('tokens of known issuers are masked wherever they stand, with what surrounds them kept', () => {
  for (const token of shapes) {
    for (const [before, after] of [
      ['', ''],
      ['x ', ' y'],
      ['"', '"'],
      ['a=', '&b'],
      ['(', ').'],
      ['\\n', '\\n'],
      ['%3D', '%20'],
      ['«', '»'],
    ]) {
      assert.equal(scrubText(`${before}${token}${after}`), `${before}<masked>${after}`)
    }
  }
})

test('a JSON Web Token is masked, cut or whole; two words with a dot are none', () => {
  const header = Buffer.from('{"alg":"RS256"}').toString('base64url')
  const spaced = Buffer.from('{ "alg": "RS256" }').toString('base64url')
  const payload = Buffer.from('{"sub":"alice"}').toString('base64url')
  const signature = 'a1-B'.repeat(20)
  assert.equal(scrubText(`got ${header}.${payload}.${signature}.`), 'got <masked>.')
  assert.equal(scrubText(`got ${spaced}.${payload}.${signature}`), 'got <masked>')
  assert.equal(scrubText(`got ${header}.${payload}`), 'got <masked>')
  assert.equal(scrubText(`got ${header}..aaaa.bbbb.cccc`), 'got <masked>')
  assert.equal(scrubText(`got ${header}`), `got ${header}`)
  assert.equal(
    scrubText('my-framework-service.production-namespace.svc.cluster.local'),
    'my-framework-service.production-namespace.svc.cluster.local',
  )
})

test('a private key is masked from its first line to its last, on lines of its own or written out', () => {
  const body = Array.from({ length: 3 }, () => 'MIIE'.repeat(16))
  const block = (newline: string) =>
    [joined('-----BEGIN RSA PRIV', 'ATE KEY-----'), ...body, joined('-----END RSA PRIV', 'ATE KEY-----')].join(newline)
  assert.equal(scrubText(`a\n${block('\n')}\nb`), 'a\n<masked>\nb')
  assert.equal(scrubText(`{"key":"${block('\\n')}\\n"}`), '{"key":"<masked>\\n"}')
  assert.equal(scrubText(`a ${block('\n').slice(0, 150)}`), 'a <masked>')
  assert.equal(scrubText(`${block('\n')}\nb\n${block('\n')}`), '<masked>\nb\n<masked>')
})

test('the secret key beside an AWS key id is masked as well', () => {
  const id = joined('AK', 'IA', 'IOSFODNN7EXAMPLE')
  assert.equal(scrubText(`${id} ${'aB3/'.repeat(10)} us-east-1`), '<masked> <masked> us-east-1')
  assert.equal(scrubText(`${id}:${'aB3/'.repeat(10)}`), '<masked>:<masked>')
})
