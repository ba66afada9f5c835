import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { contextPaths } from '../../scripts/image/context.ts'
import { configOf, readDockerfile } from '../../scripts/image/dockerfile.ts'
import { readConfig, Settings } from '../../src/config.ts'
import { isRecord } from '../cluster/client.ts'

const ROOT = join(import.meta.dirname, '../..')
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const DOCKERFILE = readDockerfile(text('Dockerfile'))
const IMAGE = configOf(DOCKERFILE)
const COMPOSE = record(parse(text('compose.yaml')))
const SERVICE = record(record(COMPOSE['services'])['k8s-mcp'])
const OURS = Object.keys(Settings.properties)

test('the image is started by a user without rights, by the exec form, and asked whether it is healthy', () => {
  assert.match(IMAGE.user, /^[1-9]\d*:[1-9]\d*$/)
  assert.deepEqual(IMAGE.entrypoint, ['/entrypoint.sh'])
  assert.ok(IMAGE.healthcheck.length > 0)
  for (const label of ['title', 'description', 'licenses'])
    assert.ok(IMAGE.labels[`org.opencontainers.image.${label}`], label)
})

test('what the image sets is a setting of ours, and it starts with it', () => {
  const strange = Object.keys(IMAGE.environment).filter(
    (name) => !OURS.includes(name) && !['PATH', 'HOME'].includes(name),
  )
  assert.deepEqual(strange, [])
  const { config } = readConfig({ environment: IMAGE.environment })
  assert.equal(config.HOST, '0.0.0.0')
  assert.ok(IMAGE.volumes.some((volume) => config.DATA_DIR?.startsWith(`${volume}/`)))
})

test('a build argument leaves kubectl and helm out', () => {
  const from = (given: Record<string, string>) =>
    readDockerfile(text('Dockerfile'), given).stages.find(({ name }) => name === 'programs')?.from
  assert.equal(from({}), 'programs-with')
  assert.equal(from({ PROGRAMS: 'without' }), 'programs-without')
  assert.throws(() => from({ PROGRAM: 'without' }), /no build argument PROGRAM/)
})

test('the flags of Node are those of npm start', () => {
  const manifest: { scripts: { start: string } } = JSON.parse(text('package.json'))
  const flags = manifest.scripts.start.split(' ').filter((word) => word.startsWith('--'))
  assert.ok(text('scripts/image/k8s-mcp.sh').includes(`exec node ${flags.join(' ')} /app/dist/`))
})

test('.dockerignore lets in what is copied, and nothing else', () => {
  const copied = DOCKERFILE.stages
    .flatMap(({ instructions }) => instructions)
    .filter((each) => each.name === 'COPY' && !each.text.includes('--from='))
    .flatMap((each) =>
      each.text
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
    )
  const paths = contextPaths(text('.dockerignore'))
  const covers = (path: string) => (source: string) => source === path || source.startsWith(`${path}/`)
  assert.deepEqual(
    copied.filter((source) => !paths.some((path) => covers(path)(source))),
    [],
  )
  assert.deepEqual(
    paths.filter((path) => !copied.some(covers(path))),
    [],
  )
})

test('a step the replay does not know is refused, not passed over', () => {
  assert.throws(() => readDockerfile('FROM scratch\nONBUILD RUN true\n'), /line 2: no replay of "ONBUILD RUN true"/)
  assert.throws(() => readDockerfile('RUN true\n'), /begins with FROM/)
  assert.throws(() => readDockerfile('FROM ${NOWHERE}\n'), /\$\{NOWHERE\} has no value/)
  assert.throws(() => contextPaths('*\n!a\nb\n'), /!path each: b/)
})

test('compose publishes the port on loopback alone, and says with INSECURE_HTTP that nobody is in between', () => {
  assert.deepEqual(SERVICE['ports'], ['127.0.0.1:8008:8008'])
  assert.deepEqual(SERVICE['environment'], { INSECURE_HTTP: 'true' })
  const environment = { ...IMAGE.environment, INSECURE_HTTP: 'true' }
  assert.equal(readConfig({ environment }).config.INSECURE_HTTP, true)
})

test('compose mounts the kubeconfig read-only where the image looks for it, and a named volume', () => {
  const [kubeconfig, data] = list(SERVICE['volumes']).map(record)
  assert.deepEqual(
    [kubeconfig?.['target'], kubeconfig?.['read_only'], record(kubeconfig?.['bind'])['create_host_path']],
    [`${IMAGE.environment['HOME']}/.kube/config`, true, false],
  )
  assert.deepEqual([data?.['type'], data?.['target']], ['volume', IMAGE.volumes[0]])
  const volume = record(record(COMPOSE['volumes'])[String(data?.['source'])])
  // The entrypoint names it where it has to be given to another user.
  assert.ok(text('entrypoint.sh').includes(`--volume ${String(volume['name'])}:/data`))
})

test('compose takes the user from the variable that the entrypoint tells, and limits what the service may do and use', () => {
  assert.equal(SERVICE['user'], `\${K8S_MCP_USER:-${IMAGE.user}}`)
  assert.match(text('entrypoint.sh'), /K8S_MCP_USER=\$2:\$3/)
  assert.equal(SERVICE['read_only'], true)
  assert.deepEqual(SERVICE['cap_drop'], ['ALL'])
  assert.deepEqual(SERVICE['security_opt'], ['no-new-privileges:true'])
  assert.equal(SERVICE['restart'], 'unless-stopped')
  const limits = record(record(record(SERVICE['deploy'])['resources'])['limits'])
  assert.deepEqual(Object.keys(limits), ['cpus', 'memory', 'pids'])
})

test('the command that the entrypoint tells is that of the service', () => {
  assert.deepEqual(Object.keys(record(COMPOSE['services'])), ['k8s-mcp'])
  for (const [, service] of text('entrypoint.sh').matchAll(/docker compose exec (\S+)/g))
    assert.equal(service, 'k8s-mcp')
})
