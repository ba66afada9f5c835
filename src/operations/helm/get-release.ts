import Type from 'typebox'
import { stringify } from 'yaml'
import { ReleaseAnswer, ReleaseName } from '../../services/helm/schema.ts'
import { defineRead } from '../define.ts'
import { ContextName, Namespace } from '../schemas.ts'
import { bounded, table } from '../text.ts'

export const getRelease = defineRead({
  name: 'infra.k8s.helm.getRelease',
  title: 'Read a Helm release',
  description:
    'A revision of a Helm release: status, chart, values (secrets masked), notes, hooks, and its objects as they are now.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Namespace,
    name: ReleaseName,
    revision: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'Default: the newest.' })),
    allValues: Type.Optional(Type.Boolean({ default: false, description: "The chart's default values too." })),
    manifest: Type.Optional(Type.Boolean({ default: false, description: 'What was rendered too.' })),
  }),
  output: ReleaseAnswer,
  handle: (input, { releases }) => releases.get(input),
  text: (release) =>
    bounded(
      [
        ...headLines(release),
        ...resourceLines(release),
        ...hookLines(release),
        ...valueLines('values given', release.values),
        ...valueLines('all values', release.allValues),
        ...(release.notes === '' ? [] : [`notes:\n${release.notes.trim()}`]),
        ...(release.manifest === undefined ? [] : [`manifest:\n${release.manifest}`]),
      ].join('\n'),
    ),
})

function headLines(release: ReleaseAnswer): string[] {
  const { namespace, name, context, revision, status, chart, advice, faults = [] } = release
  const app = chart.appVersion === '' ? '' : `, app ${chart.appVersion}`
  return [
    `Helm release ${namespace}/${name} (context ${context}): ${status}, revision ${revision}, chart ${chart.name} ${chart.version}${app}`,
    ...(advice === undefined ? [] : [advice]),
    `last deployed ${release.lastDeployed ?? 'never'}, first ${release.firstDeployed ?? 'never'}: ${release.description}`,
    ...faults.map((fault) => `unreadable: ${fault}`),
  ]
}

function resourceLines({ resources }: ReleaseAnswer): string[] {
  if (resources.length === 0) return ['it has no objects']
  const rows = resources.map((each) => [each.kind, each.namespace, each.name, each.state, each.status, each.age])
  return [table(['kind', 'namespace', 'name', 'state', 'status', 'age'], rows)]
}

function hookLines({ hooks }: ReleaseAnswer): string[] {
  if (hooks.length === 0) return []
  const rows = hooks.map((each) => [each.kind, each.name, each.events.join(','), each.weight, each.lastRun?.phase])
  return [table(['hook', 'name', 'events', 'weight', 'lastRun'], rows)]
}

function valueLines(heading: string, values: ReleaseAnswer['allValues']): string[] {
  if (values === undefined) return []
  return [Object.keys(values).length === 0 ? `${heading}: none` : `${heading}:\n${stringify(values).trimEnd()}`]
}
