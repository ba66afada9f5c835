import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile, rm, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { ConnectionsOptions } from '../../src/kubernetes/connection.ts'
import { issue } from '../cluster/certificates.ts'
import {
  clusterOf,
  folder,
  get,
  httpRecorder,
  httpsRecorder,
  kubeconfig,
  type Recorder,
  started,
  until,
  write,
} from './support.ts'

const V1 = 'client.authentication.k8s.io/v1'
const ALLOWED = ['aws', 'kubelogin', 'kubectl', 'gke-gcloud-auth-plugin']
const soon = (seconds: number) => AbortSignal.timeout(seconds * 1000)

async function program(path: string, script: string): Promise<string> {
  await write(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

const answer = (status: object, apiVersion = V1) => JSON.stringify({ apiVersion, kind: 'ExecCredential', status })
const says = (text: string) => `cat <<'ANSWER'\n${text}\nANSWER`

const expires = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

interface Setup {
  script?: string
  exec?: object
  options?: Partial<ConnectionsOptions>
  server?: Recorder
}

/** A kubeconfig with one context, `eks`, whose user runs `aws`, a script on a PATH of its own. */
async function withPlugin(t: TestContext, { script, exec = {}, options = {}, server }: Setup) {
  const recorder = server ?? (await httpRecorder(t))
  const directory = folder(t)
  const bin = join(directory, 'bin')
  if (script !== undefined) await program(join(bin, 'aws'), script)
  const user = { exec: { apiVersion: V1, command: 'aws', ...exec } }
  const cluster = recorder.url.startsWith('https') ? clusterOf(recorder) : { server: recorder.url }
  const config = join(directory, 'config')
  await write(config, kubeconfig({ eks: { cluster, user }, other: { cluster, user } }))
  const environment = { PATH: [bin, '/usr/bin', '/bin'].join(delimiter), ...options.environment }
  const { connections } = await started(t, { execPlugins: ALLOWED, kubeconfig: config, ...options, environment })
  const runs = async () =>
    (await readFile(join(directory, 'runs'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean).length
  return {
    recorder,
    directory,
    bin,
    config,
    connections,
    runs,
    credentials: () => connections.open('eks').credentials(soon(30)),
  }
}

const counted = (script: string) => `echo run >> "$(dirname "$0")/../runs"\n${script}`
const tokenOf = (headers: Recorder['arrived'][number]['headers'] | undefined) => headers?.authorization

describe('a credential plugin', { concurrency: 4 }, () => {
  test('gives a token, runs once for all who wait, and its token is kept', async (t) => {
    const script = counted(`sleep 0.2\n${says(answer({ token: 'made' }))}`)
    const { recorder, connections, runs } = await withPlugin(t, { script })
    await Promise.all(Array.from({ length: 20 }, (_, index) => get(connections.open(index % 2 ? 'eks' : 'other'))))
    await get(connections.open('eks'))
    assert.equal(await runs(), 1)
    assert.deepEqual([...new Set(recorder.arrived.map(({ headers }) => tokenOf(headers)))], ['Bearer made'])
  })

  test('is asked again when its credential is about to end', async (t) => {
    const script = counted(says(answer({ token: 'short', expirationTimestamp: expires(8) })))
    const ending = await withPlugin(t, { script })
    for (let count = 0; count < 3; count += 1) await ending.credentials()
    assert.equal(await ending.runs(), 3)
    const lasting = await withPlugin(t, {
      script: counted(says(answer({ token: 'long', expirationTimestamp: expires(60) }))),
    })
    for (let count = 0; count < 3; count += 1) await lasting.credentials()
    assert.equal(await lasting.runs(), 1)
  })

  test('is asked again once after the API server refused what it gave', async (t) => {
    const script = counted(
      `printf '{"apiVersion":"${V1}","kind":"ExecCredential","status":{"token":"t%s"}}' "$(wc -l < "$(dirname "$0")/../runs" | tr -d ' ')"`,
    )
    const { recorder, connections, runs } = await withPlugin(t, { script })
    recorder.answer = ({ headers }) => (tokenOf(headers) === 'Bearer t1' ? 401 : 200)
    const [one, two] = [connections.open('eks'), connections.open('other')]
    assert.deepEqual(await Promise.all([get(one), get(two)]), [401, 401])
    assert.equal(await get(one), 200)
    // The second caller's refusal is about the old token: it must not cost the new one.
    two.unauthorized()
    assert.equal(await get(two), 200)
    assert.equal(await runs(), 2)
  })

  test('may give a client certificate, which gets connections of its own and is replaced with the next', async (t) => {
    const server = await httpsRecorder(t)
    const made = (commonName: string) => {
      const { certificate, key } = issue(server.authority, { commonName, usage: 'client' })
      return answer({ clientCertificateData: certificate, clientKeyData: key })
    }
    const { bin, connections } = await withPlugin(t, { script: says(made('first')), server })
    const connection = connections.open('eks')
    await get(connection)
    await get(connection)
    await program(join(bin, 'aws'), says(made('second')))
    connection.unauthorized()
    await get(connection)
    assert.deepEqual(
      server.arrived.map(({ client }) => client),
      ['first', 'first', 'second'],
    )
    assert.equal(server.connections, 2)
  })

  test('sees a closed environment, its own variables, and what ExecCredential promises', async (t) => {
    const script = `env > "$(dirname "$0")/../env"\ncat > "$(dirname "$0")/../stdin"\necho "$*" > "$(dirname "$0")/../args"\n${says(answer({ token: 'x' }))}`
    const environment = {
      HOME: '/home/me',
      AWS_PROFILE: 'prod',
      HTTPS_PROXY: 'http://p',
      APPROVER_TOKEN: 'never',
      NODE_OPTIONS: '--x',
      LD_PRELOAD: '/x.so',
    }
    const exec = {
      args: ['eks', 'get-token', '$(id)', '; id'],
      env: [
        { name: 'AWS_REGION', value: 7 },
        { name: 'AWS_PROFILE', value: 'own' },
      ],
      provideClusterInfo: true,
    }
    const { directory, recorder, credentials } = await withPlugin(t, { script, exec, options: { environment } })
    await credentials()
    const seen = Object.fromEntries(
      (await readFile(join(directory, 'env'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s, 2)),
    )
    for (const own of ['PWD', 'SHLVL', '_', 'OLDPWD']) delete seen[own]
    assert.deepEqual(Object.keys(seen).toSorted(), [
      'AWS_PROFILE',
      'AWS_REGION',
      'HOME',
      'HTTPS_PROXY',
      'KUBERNETES_EXEC_INFO',
      'PATH',
    ])
    assert.deepEqual([seen.AWS_PROFILE, seen.AWS_REGION], ['own', '7'])
    assert.deepEqual(JSON.parse(seen.KUBERNETES_EXEC_INFO), {
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: recorder.url } },
    })
    assert.equal(await readFile(join(directory, 'args'), 'utf8'), 'eks get-token $(id) ; id\n')
    assert.equal(await readFile(join(directory, 'stdin'), 'utf8'), '')
  })

  test('gets the extension of the cluster that is meant for it, with numbers as numbers', async (t) => {
    const { directory, config, connections } = await withPlugin(t, {
      script: `echo "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/../info"\n${says(answer({ token: 'x' }))}`,
    })
    await write(config, {
      contexts: [{ name: 'ext', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        {
          name: 'c',
          cluster: {
            server: 'https://h:1',
            'insecure-skip-tls-verify': true,
            extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 7, on: true } }],
          },
        },
      ],
      users: [{ name: 'u', user: { exec: { apiVersion: V1, command: 'aws', provideClusterInfo: true } } }],
    })
    await until('the new context is there', () => connections.state.contexts[0]?.name === 'ext')
    await connections.open('ext').credentials(soon(20))
    const { spec } = JSON.parse(await readFile(join(directory, 'info'), 'utf8'))
    assert.deepEqual(spec.cluster, {
      server: 'https://h:1',
      'insecure-skip-tls-verify': true,
      config: { audience: 7, on: true },
    })
  })

  test('that is not installed is named, with the hint of the kubeconfig or ours', async (t) => {
    const ours = await withPlugin(t, {})
    await assert.rejects(ours.credentials(), {
      code: 'credential_plugin_missing',
      message: /Context eks needs the credential plugin "aws"/,
      next: /AWS CLI/,
    })
    const theirs = await withPlugin(t, { exec: { installHint: 'Ask\n\u202eplatform.' } })
    await assert.rejects(theirs.credentials(), { next: 'Install it where the server runs, on its PATH. Ask platform.' })
  })

  test('that is installed later works then', async (t) => {
    const { bin, credentials } = await withPlugin(t, {})
    await assert.rejects(credentials(), { code: 'credential_plugin_missing' })
    await program(join(bin, 'aws'), says(answer({ token: 'x' })))
    assert.deepEqual((await credentials()).headers, { authorization: 'Bearer x' })
  })

  test('that is not on the allow-list is not run, by any name for it', async (t) => {
    const marks = folder(t)
    const bad = await program(join(marks, 'bad'), `touch ${marks}/ran`)
    const fake = await program(join(marks, 'aws'), `touch ${marks}/ran`)
    const commands = [
      'sh',
      'bad',
      bad,
      fake,
      './aws',
      `${marks}/../${marks.split('/').at(-1)}/aws`,
      'aws; touch x',
      ' aws',
      'AWS',
    ]
    for (const command of commands) {
      const { credentials } = await withPlugin(t, { script: says(answer({ token: 'x' })), exec: { command } })
      await assert.rejects(credentials(), { code: /credential_plugin_(not_allowed|missing)/ }, command)
    }
    const { credentials } = await withPlugin(t, { exec: { command: 'kubectl', args: ['get', 'secrets'] } })
    await assert.rejects(credentials(), {
      code: 'credential_plugin_not_allowed',
      message: /"kubectl without oidc-login"/,
    })
    assert.ok(!existsSync(join(marks, 'ran')))
  })

  test('may be named by its absolute path, by the operator or where PATH finds the same program', async (t) => {
    const path = folder(t)
    const listed = await program(join(path, 'own plugin'), says(answer({ token: 'own' })))
    const own = await withPlugin(t, { exec: { command: listed }, options: { execPlugins: [listed] } })
    assert.deepEqual((await own.credentials()).headers, { authorization: 'Bearer own' })
    const linked = await withPlugin(t, { script: says(answer({ token: 'x' })), exec: { command: './links/aws' } })
    await write(join(linked.directory, 'links/x'), '')
    await symlink(join(linked.bin, 'aws'), join(linked.directory, 'links/aws'))
    assert.deepEqual((await linked.credentials()).headers, { authorization: 'Bearer x' })
    const oidc = await withPlugin(t, { exec: { command: 'kubectl', args: ['oidc-login', 'get-token'] } })
    await program(join(oidc.bin, 'kubectl'), says(answer({ token: 'oidc' })))
    assert.deepEqual((await oidc.credentials()).headers, { authorization: 'Bearer oidc' })
  })

  test('that is slow is ended after 10 s, with everything it started', async (t) => {
    const script = `sleep 60 & echo $! > "$(dirname "$0")/../pid"; wait`
    const { directory, connections } = await withPlugin(t, { script })
    const begun = performance.now()
    // A caller that leaves earlier does not wait for it.
    const left = assert.rejects(connections.open('eks').credentials(AbortSignal.timeout(300)), { name: 'TimeoutError' })
    const waited = assert.rejects(connections.open('other').credentials(soon(30)), {
      code: 'credential_plugin_failed',
      message: 'The credential plugin "aws" of context other did not answer within 10 s and was ended.',
    })
    await left
    assert.ok(performance.now() - begun < 3_000)
    await waited
    const lasted = performance.now() - begun
    assert.ok(lasted > 9_900 && lasted < 12_000, `${lasted} ms`)
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'))
    await until('its child is gone too', () => !isRunning(pid))
  })

  test('that runs while the server stops is ended', async (t) => {
    const { connections, directory } = await withPlugin(t, { script: `echo $$ > "$(dirname "$0")/../pid"; sleep 60` })
    const waiting = assert.rejects(connections.open('eks').credentials(soon(30)), { code: 'shutting_down' })
    await until('it runs', () => existsSync(join(directory, 'pid')))
    await connections.close()
    await waiting
    const pid = Number(await readFile(join(directory, 'pid'), 'utf8'))
    await until('it is gone', () => !isRunning(pid))
  })

  test('that leaves a child behind with its output open has answered all the same', async (t) => {
    const { credentials } = await withPlugin(t, { script: `sleep 3 &\n${says(answer({ token: 'x' }))}` })
    const begun = performance.now()
    assert.deepEqual((await credentials()).headers, { authorization: 'Bearer x' })
    assert.ok(performance.now() - begun < 2_500)
  })

  const certificate = '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----'
  const failures: [string, string, RegExp][] = [
    ['says too much', 'yes | head -c 70000', /answered more than 64 KiB and was ended\.$/],
    ['never stops talking', 'exec yes', /answered more than 64 KiB and was ended/],
    ['says nothing', 'exit 0', /answered something that is not an ExecCredential \(nothing\)/],
    ['says something else', says('please log in, code SECRETCODE'), /\(not a JSON object\)/],
    ['answers a list', says('[]'), /\(not a JSON object\)/],
    ['answers another kind', says('{"kind":"Status"}'), /\(its kind is another\)/],
    [
      'answers another version',
      says(answer({ token: 'SECRETCODE' }, 'client.authentication.k8s.io/v1beta1')),
      /its apiVersion is not client\.authentication\.k8s\.io\/v1,/,
    ],
    ['answers without a status', says(`{"kind":"ExecCredential","apiVersion":"${V1}"}`), /\(it has no status\)/],
    ['answers an empty status', says(answer({ token: '' })), /no token and no client certificate/],
    ['answers a token that is a number', says(answer({ token: 5 })), /its token is not text/],
    [
      'answers a token that no header can carry',
      says(answer({ token: 'SECRETCODE\nx' })),
      /characters that a header cannot carry/,
    ],
    ['answers half a certificate', says(answer({ clientCertificateData: 'SECRETCODE' })), /half a client certificate/],
    [
      'answers a bad certificate',
      says(answer({ clientCertificateData: certificate, clientKeyData: 'SECRETCODE' })),
      /not readable PEM that belongs together/,
    ],
    [
      'answers a bad time',
      says(answer({ token: 'SECRETCODE', expirationTimestamp: 'soon' })),
      /its expirationTimestamp is not a time/,
    ],
    [
      'answers what is over',
      says(answer({ token: 'SECRETCODE', expirationTimestamp: '2020-01-01T00:00:00Z' })),
      /had expired already/,
    ],
    [
      'ends with an error',
      'echo first >&2; echo "profile prod not found " >&2; exit 3',
      /ended with exit code 3: profile prod not found\.$/,
    ],
    ['ends with an error and no word', 'exit 1', /ended with exit code 1\.$/],
    ['is killed', 'kill -9 $$', /was ended by SIGKILL\.$/],
    ['cannot start', '', /could not be started \(ENOENT\)/],
    [
      'complains with a password',
      'echo "login failed: password=SECRETCODE, token: SECRETCODE1" >&2; exit 1',
      /login failed: password=<masked>, token: <masked>\.$/,
    ],
    [
      'complains with its own settings',
      'echo "bad $AWS_SECRET for $*" >&2; exit 1',
      /bad <masked> for --client-secret <masked>\.$/,
    ],
    [
      'complains with a token',
      `echo "refused eyJhbGciOiJSUzI1NiIs.eyJzdWIiOiIxMjM0NTY3.SflKxwRJSMeKKF2QT4fwpMe4 AKIA1234567890ABCDEF" >&2; exit 1`,
      /refused <masked>\.<masked>\.<masked> <masked>\.$/,
    ],
    [
      'complains in colours',
      String.raw`printf '\033[31mno\033[0m \342\200\256entry\007' >&2; exit 1`,
      /exit code 1: no entry\.$/,
    ],
    [
      'complains without end',
      'yes word | head -c 100000 | tr "\\n" " " >&2; exit 1',
      /exit code 1: (ord|word|rd|d)?( word)+/,
    ],
  ]

  for (const [what, script, message] of failures) {
    test(`that ${what} is a failure with a reason and without a secret`, async (t) => {
      const exec = { args: ['--client-secret', 'SECRETCODE'], env: [{ name: 'AWS_SECRET', value: 'SECRETCODE' }] }
      const { bin, credentials } = await withPlugin(t, { script, exec })
      if (script === '') await write(join(bin, 'aws'), '#!/nonexistent/interpreter\n')
      const error = await credentials().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      assert.ok(error instanceof Error && 'code' in error && 'next' in error)
      assert.equal(error.code, 'credential_plugin_failed')
      assert.match(error.message, /^The credential plugin "aws" of context eks /)
      assert.match(error.message, message)
      assert.ok(error.message.length < 500)
      assert.ok(!/SECRETCODE|SflKxw|eyJ/.test(JSON.stringify([error.message, error.next, error.stack, error.cause])))
    })
  }

  test('that failed is tried again at the next call', async (t) => {
    const { bin, credentials } = await withPlugin(t, { script: 'exit 1' })
    await assert.rejects(credentials(), { code: 'credential_plugin_failed' })
    await program(join(bin, 'aws'), says(answer({ token: 'x' })))
    assert.deepEqual((await credentials()).headers, { authorization: 'Bearer x' })
  })

  test('keeps its credential over a reload that does not change the user, and loses it with the user', async (t) => {
    const { config, connections, credentials, runs, directory } = await withPlugin(t, {
      script: counted(says(answer({ token: 'x' }))),
    })
    await credentials()
    const text = JSON.parse(await readFile(config, 'utf8'))
    await write(config, {
      ...text,
      contexts: [...text.contexts, { name: 'more', context: { cluster: 'eks', user: 'eks' } }],
    })
    await until('the reload is done', () => connections.state.contexts.length === 3)
    await connections.open('more').credentials(soon(20))
    assert.equal(await runs(), 1)
    await write(config, kubeconfig({ none: { cluster: { server: 'https://h' }, user: {} } }))
    await until('the user is gone', () => connections.state.contexts.length === 1)
    await write(config, text)
    await until('the user is back', () => connections.state.contexts.length === 2)
    await credentials()
    assert.equal(await runs(), 2)
    await rm(join(directory, 'runs'))
  })
})

/** True while the process is there and not just waiting for its parent to take notice of its end. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z')
}
