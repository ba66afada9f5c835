import { type Section, Unusable } from './fields.ts'

/** The `exec` of a user entry: which program makes the credential, and how. Data only. */
export interface PluginSpec {
  /** `client.authentication.k8s.io/v1` or `…/v1beta1`; the answer must be of the same. */
  apiVersion: string
  command: string
  arguments: readonly string[]
  environment: Readonly<Record<string, string>>
  installHint: string | undefined
  wantsCluster: boolean
  /** Where a command with a folder in it starts from: the folder of the kubeconfig. */
  directory: string
}

const VERSIONS: ReadonlySet<string> = new Set([
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
])

/** Variables by which a program that is allowed can be made to run code that is not. */
const LOADERS =
  /^(LD_.*|DYLD_.*|PATH|ENV|BASH_ENV|BASH_FUNC_.*|SHELLOPTS|PS4|NODE_OPTIONS|NODE_PATH|PYTHON.*|PERL5.*|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GCONV_PATH)$/i

/** Reads the `exec` of a user. Throws `Unusable` for what no run of it could repair. */
export function readPlugin(exec: Section, where: string, directory: string): PluginSpec {
  const command = exec.text('command')
  if (command === undefined) throw new Unusable(`The ${where} has a credential plugin without a command.`)
  const apiVersion = exec.text('apiVersion') ?? ''
  if (!VERSIONS.has(apiVersion)) {
    throw new Unusable(`The credential plugin of the ${where} does not have apiVersion ${[...VERSIONS].join(' or ')}.`)
  }
  if (exec.text('interactiveMode') === 'Always') {
    throw new Unusable(`The credential plugin of the ${where} needs a person at a terminal (interactiveMode Always).`)
  }
  return {
    apiVersion,
    command,
    arguments: exec.texts('args'),
    environment: readEnvironment(exec, where),
    installHint: exec.text('installHint'),
    wantsCluster: exec.flag('provideClusterInfo'),
    directory,
  }
}

function readEnvironment(exec: Section, where: string): Record<string, string> {
  return Object.fromEntries(exec.sections('env').map((each) => variable(each, where)))
}

function variable(entry: Section, where: string): [string, string] {
  const name = entry.text('name')
  if (name === undefined) throw new Unusable(`A variable of the credential plugin of the ${where} has no name.`)
  if (LOADERS.test(name)) {
    throw new Unusable(
      `The credential plugin of the ${where} may not set ${name}: it decides what code a program loads.`,
    )
  }
  return [name, entry.text('value') ?? '']
}
