import type { CompleteRequest, CompleteResult } from '@modelcontextprotocol/server'
import type { Call } from '../call.ts'
import type { Runner } from '../operations/run.ts'
import { DOC_PAGE, TEMPLATE } from './pages.ts'
import { CLUSTER_SCOPED, NAMESPACED } from './resources.ts'
import { type NamedRow, namedRows } from './rows.ts'
import type { Tools } from './tools.ts'

/** MCP, server/utilities/completion: at most 100 values in an answer. */
const MOST_VALUES = 100
/** Who types does not wait: a cluster that is slower completes nothing. */
const PATIENCE = 2_000

type Known = Readonly<Record<string, string>>

interface Question {
  operation: string
  input: Record<string, unknown>
}

/** Which operation knows the values of an argument of a resource template; undefined while too little is known. */
const QUESTIONS = new Map<string, (known: Known) => Question | undefined>(
  Object.entries({
    context: () => ({ operation: 'infra.k8s.cluster.getContexts', input: {} }),
    namespace: ({ context }: Known) => ({
      operation: 'infra.k8s.cluster.listNamespaces',
      input: { ...given({ context }), limit: 500 },
    }),
    kind: ({ context }: Known) => ({ operation: 'infra.k8s.cluster.listApiResources', input: given({ context }) }),
    name: ({ context, namespace, kind }: Known) =>
      kind === undefined
        ? undefined
        : {
            operation: 'infra.k8s.resources.listResources',
            input: { ...given({ context, namespace, kind }), limit: 500 },
          },
    path: () => ({ operation: 'infra.k8s.docs.listDocs', input: {} }),
    template: () => ({ operation: 'infra.k8s.templates.listTemplates', input: {} }),
  }),
)

/** The arguments of each resource template. */
const ARGUMENTS = new Map([
  [NAMESPACED, ['context', 'namespace', 'kind', 'name']],
  [CLUSTER_SCOPED, ['context', 'kind', 'name']],
  [DOC_PAGE, ['path']],
  [TEMPLATE, ['template']],
])

/** Completes the arguments of resource templates, as the caller: nobody is offered what they may not read. */
export class Completion {
  readonly #tools: Tools
  readonly #runner: Runner
  constructor(tools: Tools, runner: Runner) {
    this.#tools = tools
    this.#runner = runner
  }

  /** Never fails: what cannot be read completes nothing. */
  async complete({ ref, argument, context }: CompleteRequest['params'], call: Call): Promise<CompleteResult> {
    const uri = ref.type === 'ref/resource' ? ref.uri : ''
    if (ARGUMENTS.get(uri)?.includes(argument.name) !== true) return answerOf([])
    const question = QUESTIONS.get(argument.name)?.(context?.arguments ?? {})
    const rows = question === undefined ? [] : await this.#ask(question, call)
    const fitting = argument.name === 'kind' ? rows.filter(isOfScope(uri === NAMESPACED)) : rows
    return answerOf(
      matching(
        fitting.map((row) => row.name),
        argument.value,
      ),
    )
  }

  async #ask({ operation: name, input }: Question, call: Call): Promise<NamedRow[]> {
    const operation = this.#tools.find(name)
    if (operation === undefined) return []
    const hurried = { ...call, signal: AbortSignal.any([call.signal, AbortSignal.timeout(PATIENCE)]) }
    return this.#runner.answer(operation, input, hurried).then(
      ({ output }) => namedRows(output),
      () => [],
    )
  }
}

const given = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  )

const isOfScope = (namespaced: boolean) => (row: NamedRow) =>
  row.namespaced === undefined || row.namespaced === namespaced

/** What begins with the text, then what contains it; case ignored. */
function matching(names: readonly string[], text: string): string[] {
  const wanted = text.toLowerCase()
  const found = [...new Set(names)].filter((name) => name.toLowerCase().includes(wanted))
  const [first, rest] = [
    found.filter((name) => name.toLowerCase().startsWith(wanted)),
    found.filter((name) => !name.toLowerCase().startsWith(wanted)),
  ]
  return [...first, ...rest]
}

const answerOf = (values: string[]): CompleteResult => ({
  completion: { values: values.slice(0, MOST_VALUES), total: values.length, hasMore: values.length > MOST_VALUES },
})
