import { readFileSync } from 'node:fs'
import type { ParseArgsOptionsConfig } from 'node:util'
import { testPolicy } from '../services/administration.ts'
import { policySource } from '../services/approvals/policy-file.ts'
import { type Example, example, type Judged } from '../services/policy-example.ts'
import { nearestNames } from '../nearest.ts'
import { parsed } from './arguments.ts'
import { COMMON, COMMON_HELP, type Command, needed, oneOf, placesIn, print, printJson, usage } from './command.ts'
import { remotely } from './reach.ts'

const OPTIONS = {
  ...COMMON,
  file: { type: 'string' },
  operation: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string' },
  kind: { type: 'string' },
  name: { type: 'string' },
  risk: { type: 'string' },
  principal: { type: 'string' },
  label: { type: 'string', multiple: true },
  'pods-come-back': { type: 'boolean' },
  uncordon: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig
type Values = ReturnType<typeof parsed<typeof OPTIONS>>

export const policyTest: Command = {
  words: 'policy test',
  help: `Usage: k8s-mcp policy test --operation NAME [options]

Says what a policy would do with a request: which rule decides, and what it asks. Without --file: the policy that holds.

  --operation NAME     change that is asked for (scaleDeployment, or its full name)
  --file FILE          try this policy (a file that is wrong is refused with line and column)
  --principal WHO      KIND:NAME (default agent:local)
  --context NAME       context it goes to (default dev)
  --kind KIND          kind of the object (default: what the operation is about)
  --namespace NAME     namespace of the object (default: default)
  --name NAME          name of the object (default example)
  --label KEY=VALUE    label of the object; may be repeated
  --risk RISK          low, medium, high or critical (default low)
  --pods-come-back     the pods that go are replaced by their owner
  --uncordon           the node is uncordoned, not cordoned
${COMMON_HELP}`,
  async run(args, configOf) {
    const values = parsed(args, OPTIONS)
    const asked = exampleOf(values, await changes())
    const { config } = configOf(placesIn(values))
    const judged = (await remotely(config, testPolicy, asked)) ?? judgedHere(config.POLICY_FILE, asked)
    if (values.json === true) printJson({ example: asked, ...judged })
    else print(told(asked, judged))
    return 0
  },
}

// Without a server nobody can tell how many people it knows: then nobody confirms their own.
function judgedHere(path: string | undefined, { policy: text, ...asked }: Example): Judged {
  const source = policySource(text === undefined ? path : undefined, () => ({ self: false }))
  return example(text === undefined ? source.current : source.tried(text.text, text.name), asked)
}

const KINDS = ['agent', 'person', 'service'] as const
const RISKS = ['low', 'medium', 'high', 'critical'] as const
const ABOUT: Readonly<Record<string, string>> = { deployments: 'Deployment', pods: 'Pod', nodes: 'Node' }
const WITHOUT_NAMESPACE = ['Node', 'Namespace', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition']

function exampleOf(values: Values, names: readonly string[]): Example {
  const operation = operationOf(needed('--operation', values.operation), names)
  const kind = values.kind ?? ABOUT[operation.split('.')[2] ?? ''] ?? 'ConfigMap'
  const namespace = values.namespace ?? (WITHOUT_NAMESPACE.includes(kind) ? undefined : 'default')
  return {
    ...(values.file === undefined ? {} : { policy: { name: values.file, text: textOf(values.file) } }),
    operation,
    context: values.context ?? 'dev',
    principal: principalOf(values.principal ?? 'agent:local'),
    risk: oneOf('--risk', values.risk ?? 'low', RISKS),
    target: {
      kind,
      name: values.name ?? 'example',
      labels: labelsOf(values.label ?? []),
      ...(namespace === undefined ? {} : { namespace }),
    },
    podsComeBack: values['pods-come-back'] === true,
    cordon: values.uncordon !== true,
  }
}

// Loaded only here: no other sub-command needs the operations.
async function changes(): Promise<string[]> {
  const { operations } = await import('../operations/index.ts')
  return operations.filter(({ kind }) => kind === 'change').map(({ name }) => name)
}

function operationOf(word: string, names: readonly string[]): string {
  const found = names.filter((name) => name === word || name.endsWith(`.${word}`))
  if (found[0] !== undefined) return found[0]
  const near = nearestNames(word, names.map(lastWord))
  const guess =
    near.length === 0 ? ` Changes: ${names.map(lastWord).join(', ')}.` : ` Did you mean ${near.join(' or ')}?`
  throw usage(`--operation "${word}" is not a change.${guess}`)
}

const lastWord = (name: string) => name.slice(name.lastIndexOf('.') + 1)

function principalOf(text: string): Example['principal'] {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw usage(`--principal "${text}" is not KIND:NAME, as in agent:claude.`)
  return { kind: oneOf('--principal', text.slice(0, colon), KINDS), subject: text.slice(colon + 1) }
}

function labelsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
      if (key === '') throw usage(`--label "${text}" is not KEY=VALUE.`)
      return [key, value]
    }),
  )
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw usage(
      `--file ${path} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'}).`,
    )
  }
}

function told({ operation, principal, target, context, risk }: Example, judged: Judged): string {
  const object = `${target.kind} ${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`
  return [
    `Example: ${principal.kind}:${principal.subject} asks for ${operation} of ${object} on context ${context}, risk ${risk}.`,
    `Decision: ${decisionOf(judged)}`,
    `Rule: ${judged.rule}${judged.text === undefined ? '' : ` (${judged.text})`}`,
    judged.neverAuto === undefined
      ? 'Auto: a rule may let this through without a person.'
      : `Auto: never, whatever a rule says: ${judged.neverAuto}.`,
    `Policy: ${judged.version}`,
  ].join('\n')
}

function decisionOf({ decision, approvers, groups, ttl, self }: Judged): string {
  if (decision === 'deny') return 'denied; nobody is asked.'
  if (decision === 'auto') return 'done without a person; the audit names the rule.'
  const people = `${approvers} ${approvers === 1 ? 'person' : 'different people'} must approve`
  const of = groups.map((any) => `, of ${any.join(' or ')}`).join('')
  const within = ttl === undefined ? '' : ` within ${ttl / 60} minutes`
  return `${people}${of}${within}; the person who asked ${self ? 'may confirm by a second act' : 'may not'}.`
}
