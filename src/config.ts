import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { parseDocument } from 'yaml'

const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: fallback, description })
const text = (description: string, fallback?: string) =>
  Type.String({ minLength: 1, description, ...(fallback === undefined ? {} : { default: fallback }) })
const words = (description: string, fallback: string[] = []) =>
  Type.Array(Type.String({ minLength: 1 }), { default: fallback, description })
const toggle = (description: string) => Type.Boolean({ default: false, description })
const choice = <const W extends readonly string[]>(options: W, fallback: W[number], description: string) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...options], default: fallback, description })

/** Credential plugins of the three big clouds and of kubelogin: what a kubeconfig may start unless the operator says otherwise. */
const PLUGINS = ['aws', 'aws-iam-authenticator', 'gke-gcloud-auth-plugin', 'kubelogin', 'kubectl-oidc_login', 'kubectl']

/** Every setting: the name of its environment variable (and of its key in k8s-mcp.yaml), type, default, meaning. */
export const Settings = Type.Object(
  {
    WEBCONTROL_PORT: port(8008, 'Port of REST, pages and MCP. 0: any free port.'),
    MCP_PORT: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        description: 'Port of MCP; default: WEBCONTROL_PORT. Another value gives MCP its own listener.',
      }),
    ),
    HOST: text('Address to listen on. Beyond loopback every caller needs a token (k8s-mcp token create).', '127.0.0.1'),
    TLS_CERT: Type.Optional(text('File with the certificate chain (PEM) of the server. With TLS_KEY: HTTPS.')),
    TLS_KEY: Type.Optional(text('File with the private key (PEM) of TLS_CERT.')),
    INSECURE_HTTP: toggle('Take tokens over plain HTTP beyond loopback. Whoever is in between can then use them.'),
    TRUST_PROXY: words('Addresses or networks of proxies whose X-Forwarded headers count, comma-separated.'),
    PUBLIC_URL: Type.Optional(text('Address users reach the server by; forms links and the Host and Origin lists.')),
    ALLOWED_HOSTS: words('Host names (host or host:port) the server also answers for, comma-separated.'),
    KUBECONFIG: Type.Optional(
      text('Kubeconfig files, separated as in PATH. Default: the in-cluster service account, then ~/.kube/config.'),
    ),
    EXEC_PLUGINS: words('Credential plugins that a kubeconfig may start, comma-separated.', PLUGINS),
    DATA_DIR: Type.Optional(
      text('Folder of the store, its key and the socket. Default: k8s-mcp in the state folder of the platform.'),
    ),
    DATA_KEY_FILE: Type.Optional(
      text('File with the key that seals the store; made where it is missing. Default: key in DATA_DIR.'),
    ),
    APPROVAL_STORE: Type.String({
      pattern: '^sqlite:',
      default: 'sqlite:',
      description: 'Where approvals and the audit live. sqlite: (in DATA_DIR) or sqlite:PATH.',
    }),
    POLICY_FILE: Type.Optional(text('Policy for changes (YAML). Default: one approver for each.')),
    MAX_OPEN_APPROVALS: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 20,
      description: 'Most approvals that one caller may have open.',
    }),
    NOTIFY_URL: Type.Optional(text('Webhook that is told of approvals that wait and of how they ended.')),
    NOTIFY_SECRET: Type.Optional(text('Secret that signs what NOTIFY_URL is sent (HMAC-SHA-256).')),
    HELM_BIN: text('The helm binary (3.17 or newer, or 4): a name on PATH, or an absolute path.', 'helm'),
    HELM_CHART_SOURCES: Type.Array(
      Type.String({ pattern: '^(oci|oci\\+http|https?)://[^/\\s@?#%]+(/[^\\s@?#%]*)?$' }),
      {
        default: [],
        description:
          'Where charts may come from: prefixes such as oci://ghcr.io/acme, https://charts.example.com, oci+http:// for a registry without TLS; comma-separated.',
      },
    ),
    HELM_CHART_DIR: Type.Optional(
      text('Folder whose charts may be installed: .tgz files and chart folders, named by their path in it.'),
    ),
    HELM_UNSTABLE_CHARTS: words(
      'Names of charts that may be installed though they render differently each time, comma-separated.',
    ),
    HELM_DRIVER: choice(['secret', 'configmap'], 'secret', 'Kind of object in which Helm keeps its releases.'),
    DOCS_DIR: Type.Optional(text('Folder of Markdown pages to serve instead of those that come along.')),
    K8S_API_VERSION: Type.Optional(
      Type.String({
        pattern: '^v?[0-9]+\\.[0-9]+(\\.[0-9]+)?$',
        description:
          'Version of the API reference where no cluster is connected, such as 1.34. Default: the newest there is.',
      }),
    ),
    NODE_ENV: choice(
      ['production', 'development', 'test'],
      'development',
      'development: log lines for people where stdout is a terminal; production: always JSON.',
    ),
    LOG_LEVEL: choice(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'info',
      'Least level that is logged.',
    ),
    LOG_FILE: Type.Optional(text('File that gets the log lines too, as JSON.')),
    MCP_TOOL_NAMES: choice(
      ['wire', 'dotted'],
      'wire',
      'Names in tools/list: k8s_pods_list_pods, or infra.k8s.pods.listPods.',
    ),
    TOOLSETS: words('core, all, or groups of operations (pods, cluster ...), comma-separated.', ['core']),
    READ_ONLY: toggle('Refuse every change at every door.'),
  },
  { additionalProperties: false },
)
type Values = Static<typeof Settings>

/** The settings the server runs with, and where it runs. Frozen. */
export interface Config extends Readonly<Values> {
  readonly homeDirectory: string
  /** The process environment, for what must see it as it is: in-cluster discovery, the closed environment of credential plugins. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** What is wrong with the settings, one sentence a line. */
export class ConfigError extends Error {
  readonly lines: readonly string[]
  constructor(lines: readonly string[]) {
    super(lines.join('\n'))
    this.name = 'ConfigError'
    this.lines = lines
  }
}

export interface ConfigInput {
  environment: Readonly<Record<string, string | undefined>>
  /** Settings of the command line; they win over the environment. */
  flags?: Readonly<Record<string, string>>
  /** Path of a k8s-mcp.yaml; the one in the working directory is read where it exists. */
  file?: string
}

const settingsValidator = Compile(Settings)
const properties: Readonly<Record<string, TSchema | undefined>> = Settings.properties
const names = Object.keys(properties)

/** Reads every setting: the file, then the environment, then flags, each over the one before. Throws {@link ConfigError}. */
export function readConfig({ environment, flags = {}, file }: ConfigInput): { config: Config; notes: string[] } {
  const notes: string[] = []
  const fromFile = file === undefined ? {} : readSettingsFile(file)
  const merged = {
    ...fromFile,
    ...fromText(known(environment, notes), 'the environment'),
    ...fromText(flags, 'the command line'),
  }
  const filled = settingsValidator.Default(merged)
  if (!settingsValidator.Check(filled)) throw new ConfigError(explain(filled))
  if (filled.PUBLIC_URL !== undefined && !isWebAddress(filled.PUBLIC_URL))
    throw new ConfigError([
      `PUBLIC_URL ${filled.PUBLIC_URL} is not a web address: write it like https://k8s.example.com.`,
    ])
  return { config: Object.freeze({ ...filled, homeDirectory: environment.HOME ?? homedir(), environment }), notes }
}

function isWebAddress(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:')
}

/** Where the server's own state is. */
export interface DataPlaces {
  folder: string
  key: string
  store: string
}

/** Where the server keeps its state: DATA_DIR, or `k8s-mcp` in the state folder of the platform (XDG Base Directory on Linux). */
export function dataPlaces({
  DATA_DIR,
  DATA_KEY_FILE,
  APPROVAL_STORE,
  homeDirectory,
  environment,
}: Config): DataPlaces {
  const folder = DATA_DIR ?? join(stateFolder(homeDirectory, environment), 'k8s-mcp')
  const named = APPROVAL_STORE.slice('sqlite:'.length)
  return {
    folder,
    key: DATA_KEY_FILE ?? join(folder, 'key'),
    store: named === '' ? join(folder, 'approvals.sqlite') : named,
  }
}

function stateFolder(home: string, environment: Config['environment']): string {
  if (process.platform === 'win32') return environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local')
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support')
  return environment.XDG_STATE_HOME ?? join(home, '.local', 'state')
}

/** The process's own environment. The only place that reads it. */
export const processEnvironment = (): Readonly<Record<string, string | undefined>> => ({ ...process.env })

/** The settings file of a folder, where there is one. */
export const settingsFileIn = (folder: string): string => join(folder, 'k8s-mcp.yaml')

function known(environment: ConfigInput['environment'], notes: string[]): Record<string, string> {
  const entries = names.flatMap((name) => {
    const value = environment[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const found = Object.fromEntries(entries)
  const alias = environment.FLASK_ENV
  if (alias === undefined || found.NODE_ENV !== undefined) return found
  notes.push('FLASK_ENV is deprecated and read as NODE_ENV: set NODE_ENV instead.')
  return { ...found, NODE_ENV: alias }
}

// The environment is text: a value becomes what the setting's type says only where it is exactly that; else the check below names it.
function fromText(values: Readonly<Record<string, string>>, source: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const schema = properties[name]
      if (schema === undefined)
        throw new ConfigError([`${name} (from ${source}) is not a setting. Settings: ${names.join(', ')}.`])
      return [name, typed(schema, value)]
    }),
  )
}

function typed(schema: object, value: string): unknown {
  const type = 'type' in schema ? schema.type : undefined
  if (type === 'integer') return /^\d{1,9}$/.test(value) ? Number(value) : value
  if (type === 'boolean')
    return ({ true: true, '1': true, false: false, '0': false } as Record<string, boolean>)[value] ?? value
  if (type === 'array')
    return value
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
  return value
}

function readSettingsFile(path: string): Record<string, unknown> {
  const document = parseDocument(settingsText(path), { uniqueKeys: true })
  const [fault] = document.errors
  if (fault !== undefined) throw new ConfigError([`${path}: ${fault.message.split('\n')[0]}`])
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError([`${path} must be a map of settings.`])
  const unknown = Object.keys(value).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new ConfigError(unknown.map((name) => `${path}: ${name} is not a setting. Settings: ${names.join(', ')}.`))
  return { ...value }
}

function settingsText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new ConfigError([`The settings file ${path} cannot be read (${reason}).`])
  }
}

function explain(values: unknown): string[] {
  return settingsValidator.Errors(values).map((fault) => {
    const name = fault.instancePath.slice(1).split('/')[0] ?? ''
    const schema = properties[name]
    const options =
      schema !== undefined && 'enum' in schema && Array.isArray(schema.enum) ? ` (${schema.enum.join(', ')})` : ''
    return `${name} ${fault.message}${options}.`
  })
}
