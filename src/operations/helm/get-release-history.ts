import Type from 'typebox'
import { ReleaseHistory, ReleaseName, type Revision } from '../../services/helm/schema.ts'
import { unifiedLines } from '../../services/manifests/rows.ts'
import { defineRead } from '../define.ts'
import { ContextName, Namespace } from '../schemas.ts'
import { bounded } from '../text.ts'

export const getReleaseHistory = defineRead({
  name: 'infra.k8s.helm.getReleaseHistory',
  title: 'History of a Helm release',
  description: 'Revisions of a Helm release, newest first, each with what changed in its values and objects.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Namespace,
    name: ReleaseName,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10, description: 'Most revisions.' })),
    changes: Type.Optional(Type.Boolean({ default: true, description: 'What changed from each to the next.' })),
  }),
  output: ReleaseHistory,
  handle: (input, { releases }) => releases.history(input),
  text: ({ context, namespace, name, advice, revisions, remaining = 0, note }) =>
    bounded(
      [
        `${revisions.length} revisions of Helm release ${namespace}/${name} (context ${context}), newest first. ${note}`,
        ...(advice === undefined ? [] : [advice]),
        ...revisions.map(revisionText),
      ].join('\n'),
      remaining === 0 ? '' : `\n${remaining} older ones: ask with a higher limit.`,
    ),
})

function revisionText(each: Revision): string {
  const { revision, status, updated, chart, chartVersion, description, problem, since } = each
  const head = `revision ${revision}: ${status}, ${updated ?? 'never deployed'}, chart ${chart ?? '?'} ${chartVersion ?? ''}: ${description ?? ''}`
  if (problem !== undefined) return `revision ${revision}: ${status}. ${problem}`
  return since === undefined ? head : [head, ...sinceLines(since)].join('\n')
}

function sinceLines({ revision, values, objects, cut = 0 }: NonNullable<Revision['since']>): string[] {
  if (values.length + objects.length === 0) return [` nothing that is shown changed since revision ${revision}`]
  return [
    ` since revision ${revision}:`,
    ...(values.length === 0 ? [] : [' values', ...unifiedLines(values)]),
    ...objects.flatMap(({ target, action, changes, cut: left = 0 }) => [
      ` ${action} ${target}`,
      ...unifiedLines(action === 'create' ? [] : changes),
      ...(left === 0 ? [] : [`  ... ${left} more changes`]),
    ]),
    ...(cut === 0 ? [] : [` ... ${cut} more`]),
  ]
}
