import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** Where a canary is planted, and what to write there. */
export type Plant =
  | { place: 'secret'; type: string; data: Readonly<Record<string, string>> }
  | { place: 'env'; name: string; value: string }
  | { place: 'args'; args: readonly string[] }
  | { place: 'annotation'; key: string; value: string }
  | { place: 'last-applied'; manifest: object }
  | { place: 'configmap'; data: Readonly<Record<string, string>> }
  | { place: 'log'; lines: readonly string[] }
  | { place: 'event'; message: string }
  | { place: 'helm'; values: object }

/** Something that must never leave the server. */
export interface Canary {
  shape: string
  /** For a private key, a part of it. */
  secret: string
  /** `data` of a Secret is as it is before base64. */
  plant: Plant
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const ALNUM = LOWER + LOWER.toUpperCase() + DIGITS

/** The same for the same seed, so that a failure can be repeated; never a real secret, and never written out in this file. */
function made(seed: string, length: number, alphabet: string = ALNUM): string {
  const bytes = Array.from({ length: Math.ceil(length / 32) }, (_, part) => createHash('sha256').update(`canary ${seed} ${part}`).digest())
  return Array.from(Buffer.concat(bytes).subarray(0, length), (byte) => alphabet.charAt(byte % alphabet.length)).join('')
}

/** Parts are joined here so that no scanner of this repository takes them for the real thing. */
const join = (...parts: readonly string[]) => parts.join('')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const base64url = (text: string) => Buffer.from(text).toString('base64url')

const password = (seed: string) => join('Zq7', made(seed, 14), '!x')
const word = (seed: string) => join('canary', made(seed, 12, LOWER))

function jwt(seed: string): string {
  const header = base64url(JSON.stringify({ alg: 'RS256', kid: made(`${seed} kid`, 8) }))
  const payload = base64url(JSON.stringify({ iss: 'kubernetes/serviceaccount', sub: made(`${seed} sub`, 16) }))
  return [header, payload, made(`${seed} signature`, 86)].join('.')
}

/** Lines of a PEM block, and one from its middle. */
function pem(kind: string, seed: string): { lines: string[]; secret: string } {
  const body = Array.from({ length: 5 }, (_, line) => made(`${seed} ${line}`, 64))
  const mark = (edge: string) => join('-----', edge, ' ', kind, 'PRIVATE', ' KEY', '-----')
  return { lines: [mark('BEGIN'), ...body, mark('END')], secret: body[2] ?? '' }
}

const opaque = (shape: string, secret: string, data: Readonly<Record<string, string>>, type = 'Opaque'): Canary => ({
  shape,
  secret,
  plant: { place: 'secret', type, data },
})

/** As Helm stores a release: JSON, gzip, base64. */
const packed = (release: object) => gzipSync(JSON.stringify(release)).toString('base64')

const tlsKey = pem('RSA ', 'tls')
const registry = password('docker')
const registryConfig = { auths: { 'registry.example': { username: 'bot', password: registry, auth: base64(`bot:${registry}`) } } }
const bootstrap = made('bootstrap', 16, LOWER + DIGITS)
const released = password('helm release')

const secrets: readonly Canary[] = [
  opaque('password', password('opaque'), { password: password('opaque') }),
  opaque('PIN under a harmless key', made('pin', 10, DIGITS), { number: made('pin', 10, DIGITS) }),
  opaque('plain word', word('word'), { greeting: word('word') }),
  opaque('service account token', jwt('sa'), { 'ca.crt': 'public', token: jwt('sa') }),
  opaque('TLS key', tlsKey.secret, { 'tls.crt': 'public', 'tls.key': tlsKey.lines.join('\n') }),
  opaque('registry credentials', registry, { '.dockerconfigjson': JSON.stringify(registryConfig) }, 'kubernetes.io/dockerconfigjson'),
  opaque('bootstrap token', bootstrap, { 'token-id': 'canary', 'token-secret': bootstrap }, 'bootstrap.kubernetes.io/token'),
  opaque('Helm release', released, { release: packed({ name: 'shop', config: { db: { password: released } } }) }, 'helm.sh/release.v1'),
]

const env = (shape: string, name: string, secret: string, value = secret): Canary => ({
  shape,
  secret,
  plant: { place: 'env', name, value },
})

const dbUrl = password('url').replace('!', '')
const account = join(made('azure', 86), '==')
const javaPassword = password('java')

const environment: readonly Canary[] = [
  env('password variable', 'DB_PASSWORD', password('env')),
  env('password of one word', 'ADMIN_PASS', word('pass')),
  env('token variable', 'UPSTREAM_API_TOKEN', made('token', 40)),
  env('key variable', 'STRIPE_KEY', made('some key', 32)),
  env('AWS secret', 'AWS_SECRET_ACCESS_KEY', made('aws env', 40, `${ALNUM}/+`)),
  env('session secret', 'SECRET_KEY_BASE', made('rails', 64, '0123456789abcdef')),
  env('address with password', 'DATABASE_URL', dbUrl, `postgres://shop:${dbUrl}@db.shop.svc:5432/shop?sslmode=require`),
  env('connection string', 'STORAGE', account, `DefaultEndpointsProtocol=https;AccountName=shop;${join('Account', 'Key')}=${account};EndpointSuffix=core.windows.net`),
  env('Java option', 'JAVA_OPTS', javaPassword, `-Xmx256m -Dspring.datasource.password=${javaPassword} -Dfile.encoding=UTF-8`),
  env('Redis', 'REDIS_AUTH', word('redis')),
]

const args = (shape: string, secret: string, ...list: readonly string[]): Canary => ({ shape, secret, plant: { place: 'args', args: list } })

const dsn = word('dsn')
const flag = word('flag')
const assigned = password('assigned')
const shell = word('shell')

const commandLines: readonly Canary[] = [
  args('flag with value', assigned, '--user=shop', `--password=${assigned}`),
  args('flag before value', flag, '--port', '8080', '--auth-token', flag),
  args('shell command', shell, '-c', `PGPASSWORD=${shell} psql -h db -U shop`),
  args('Go address', dsn, '--listen=:8080', `shop:${dsn}@tcp(db:3306)/shop`),
]

const annotation = (shape: string, key: string, secret: string, value = secret): Canary => ({
  shape,
  secret,
  plant: { place: 'annotation', key, value },
})

const inJson = password('annotation json')
const inUrl = made('annotation url', 20)

const annotations: readonly Canary[] = [
  annotation('annotation of a secret', 'shop.example/api-token', word('annotation')),
  annotation('annotation with JSON', 'shop.example/config', inJson, JSON.stringify({ user: 'shop', password: inJson })),
  annotation('annotation with an address', 'shop.example/mirror', inUrl, `https://bot:${inUrl}@git.example/shop.git`),
  annotation('token of OpenShift', 'openshift.io/token-secret.value', made('openshift', 43)),
]

const applied = (shape: string, secret: string, manifest: object): Canary => ({
  shape,
  secret,
  plant: { place: 'last-applied', manifest },
})

const appliedSecret = word('applied secret')
const appliedEnv = word('applied env')
const appliedCustom = password('applied custom')
const appliedBase64 = base64(made('applied data', 18))

const lastApplied: readonly Canary[] = [
  applied('applied Secret, stringData', appliedSecret, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, stringData: { pin: appliedSecret } }),
  applied('applied Secret, data', appliedBase64, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, data: { blob: appliedBase64 } }),
  applied('applied pod template', appliedEnv, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: { template: { spec: { containers: [{ name: 'x', env: [{ name: 'SMTP_PASSWORD', value: appliedEnv }] }] } } },
  }),
  applied('applied custom resource', appliedCustom, {
    apiVersion: 'shop.example/v1',
    kind: 'Database',
    metadata: { name: 'x' },
    spec: { users: [{ name: 'shop', password: appliedCustom }] },
  }),
]

const configMap = (shape: string, secret: string, key: string, value: string): Canary => ({
  shape,
  secret,
  plant: { place: 'configmap', data: { [key]: value } },
})

const property = word('property')
const userToken = made('kubeconfig', 40)
const npmToken = made('npmrc', 32)
const caKey = pem('EC ', 'ca')

const configMaps: readonly Canary[] = [
  configMap('ConfigMap key', word('configmap'), 'admin-password', word('configmap')),
  configMap('properties file', property, 'application.properties', `db.user=shop\ndb.password=${property}\ndb.pool=5\n`),
  configMap('kubeconfig', userToken, 'kubeconfig', `apiVersion: v1\nkind: Config\nusers:\n- name: bot\n  user:\n    token: ${userToken}\n`),
  configMap('.npmrc', npmToken, 'npmrc', `//registry.example/:${join('_auth', 'Token')}=${npmToken}\n`),
  configMap('private key in a ConfigMap', caKey.secret, 'ca.pem', `${caKey.lines.join('\n')}\n`),
]

const log = (shape: string, secret: string, ...lines: readonly string[]): Canary => ({ shape, secret, plant: { place: 'log', lines } })
const issued = (shape: string, prefix: readonly string[], length: number, alphabet: string = ALNUM): Canary => {
  const secret = join(...prefix, made(shape, length, alphabet))
  return log(shape, secret, `level=debug msg="calling upstream" using ${secret} for shop`)
}

const openssh = pem('OPENSSH ', 'ssh')
const escapedKey = pem('', 'json')
const logged = { jwt: jwt('log'), json: word('json'), colour: word('colour'), basic: password('basic'), bearer: made('bearer', 32), sas: made('sas', 43) }
const joinToken = made('join', 16, LOWER + DIGITS)
const awsSecret = made('aws secret', 40, `${ALNUM}/`)

const logs: readonly Canary[] = [
  issued('GitHub', ['gh', 'p_'], 36),
  issued('GitHub, fine-grained', ['github', '_pat_'], 60),
  issued('GitLab', ['gl', 'pat-'], 20),
  issued('Slack', ['xo', 'xb-'], 40, `${DIGITS}abcdef`),
  issued('Google', ['AI', 'za'], 35),
  issued('Stripe', ['sk', '_live_'], 24),
  issued('OpenAI', ['s', 'k-proj-'], 48),
  issued('npm', ['np', 'm_'], 36),
  issued('DigitalOcean', ['dop', '_v1_'], 64, '0123456789abcdef'),
  issued('ourselves', ['k8smcp', '_agent_'], 43),
  log('SendGrid', made('sendgrid', 43), `mail via ${join('S', 'G.')}${made('sendgrid id', 22)}.${made('sendgrid', 43)}`),
  log('AWS key pair', awsSecret, `aws: ${join('AK', 'IA')}${made('aws id', 16, LOWER.toUpperCase())} ${awsSecret}`),
  log('JSON Web Token', logged.jwt, `GET /orders 401 jwt ${logged.jwt}`),
  log('private key over lines', openssh.secret, 'loaded key', ...openssh.lines, 'ready'),
  log('private key in JSON', escapedKey.secret, JSON.stringify({ level: 'info', key: escapedKey.lines.join('\n') })),
  log('bearer header', logged.bearer, `> Authorization: Bearer ${logged.bearer}`),
  log('basic header', base64(`shop:${logged.basic}`), `> Authorization: Basic ${base64(`shop:${logged.basic}`)}`),
  log('field of a JSON line', logged.json, JSON.stringify({ level: 'warn', msg: 'login failed', user: 'shop', password: logged.json })),
  log('field in colours', logged.colour, `\u001b[36mINFO\u001b[0m login \u001b[36mpassword\u001b[0m=${logged.colour} user=shop`),
  log('shared access signature', logged.sas, `PUT https://shop.blob.example/c/o?sv=2024&se=2027&${join('si', 'g')}=${logged.sas}%3D`),
  log('kubeadm join', joinToken, `kubeadm join 10.0.0.1:6443 --token canary.${joinToken}`),
]

const event = (shape: string, secret: string, message: string): Canary => ({ shape, secret, plant: { place: 'event', message } })
const pulled = made('pull', 20)
const hooked = word('hook')

const events: readonly Canary[] = [
  event('address in an event', pulled, `Failed to pull image: GET https://bot:${pulled}@registry.example/v2/: 401 Unauthorized`),
  event('field in an event', hooked, `Exec lifecycle hook failed: command 'mysql --password=${hooked}' exited with 1`),
]

const helm = (shape: string, secret: string, values: object): Canary => ({ shape, secret, plant: { place: 'helm', values } })
const values = { nested: word('helm nested'), pair: word('helm pair'), token: made('helm token', 32), url: made('helm url', 20), pin: join('7', made('helm pin', 10, DIGITS)) }

const helmValues: readonly Canary[] = [
  helm('Helm value', values.nested, { auth: { enabled: true, username: 'shop', rootPassword: values.nested } }),
  helm('Helm environment', values.pair, { extraEnv: [{ name: 'CLIENT_SECRET', value: values.pair }] }),
  helm('Helm token', values.token, { webhook: { apiToken: values.token } }),
  helm('Helm address', values.url, { externalDatabase: { url: `mysql://shop:${values.url}@db/shop` } }),
  helm('password that is a number', values.pin, { admin: { password: Number(values.pin) } }),
]

/** One or more of each shape that masking has to know. */
export const canaries: readonly Canary[] = [
  ...secrets,
  ...environment,
  ...commandLines,
  ...annotations,
  ...lastApplied,
  ...configMaps,
  ...logs,
  ...events,
  ...helmValues,
]

/** Every form in which the canary's secret would still be one: as it is, and in base64 (each alignment), JSON or a URL. */
export function tracesOf({ secret }: Canary): string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = base64(' '.repeat(shift) + secret).replace(/=+$/, '')
    return encoded.slice(shift === 0 ? 0 : shift + 1, -1)
  })
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...shifted])]
}
