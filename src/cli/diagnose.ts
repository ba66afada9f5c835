import type { ParseArgsOptionsConfig } from 'node:util'
import { parsed } from './arguments.ts'
import { COMMON, COMMON_HELP, type Command, placesIn } from './command.ts'

const OPTIONS = {
  ...COMMON,
  namespace: { type: 'string', short: 'n' },
  'all-namespaces': { type: 'boolean', short: 'A' },
  kind: { type: 'string' },
  name: { type: 'string' },
  context: { type: 'string' },
  kubeconfig: { type: 'string' },
  save: { type: 'string' },
  from: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig
export type DiagnoseFlags = ReturnType<typeof parsed<typeof OPTIONS>>

export const diagnose: Command = {
  words: 'diagnose',
  help: `Usage: k8s-mcp diagnose [options]

Says what is wrong in a cluster, why, and what to do, by reading alone. Needs no server. Exits with 0 where nothing is wrong, with 2
where something is.

  -n, --namespace NAME   this namespace (default: the context's own)
  -A, --all-namespaces   the whole cluster
  --kind KIND            one object, what it owns and what it is about (release: of Helm)
  --name NAME            its name
  --context NAME         context of the kubeconfig (default: its current one)
  --kubeconfig PATH      kubeconfig to use (KUBECONFIG)
  --save FILE            keep what was read in a new file, secrets masked, to be diagnosed elsewhere
  --from FILE            diagnose such a file, without any cluster
${COMMON_HELP}`,
  async run(args, configOf) {
    const values = parsed(args, OPTIONS)
    const { config } = configOf({
      ...placesIn(values),
      ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
    })
    // Loaded only here: what reads clusters is not needed by any other sub-command.
    const { diagnosed } = await import('./diagnosing.ts')
    return diagnosed(config, values)
  },
}
