import Type from 'typebox'
import { unifiedLines } from '../../services/manifests/rows.ts'
import { type DocumentDiff, ManifestDiff } from '../../services/manifests/schema.ts'
import { defineRead } from '../define.ts'
import { ContextName, Namespace } from '../schemas.ts'
import { bounded, MOST_TEXT } from '../text.ts'

export const diffManifest = defineRead({
  name: 'infra.k8s.apply.diffManifest',
  title: 'Diff a manifest',
  description: 'What applying a manifest would change, by server-side dry run. Changes nothing.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Type.Optional(Namespace),
    yamlContent: Type.String({
      description: 'Manifest, up to 50 objects.',
    }),
  }),
  output: ManifestDiff,
  yamlBody: 'yamlContent',
  untrusted: true,
  handle: (input, { manifests }) => manifests.diff(input),
  text: ({ context, namespace, summary, documents }) => {
    const head = `${summary} (namespace ${namespace}, context ${context}). A dry run: nothing was changed.`
    const room = (MOST_TEXT - head.length) / documents.length
    return bounded([head, ...documents.map((each) => documentText(each, room))].join('\n'))
  },
})

/** An object's part of the text: what a reader must not miss first, then the differences, as many as there is room for. */
function documentText(each: DocumentDiff, room: number): string {
  const name = each.namespace === undefined ? each.name : `${each.namespace}/${each.name}`
  const lines = [
    `${each.action} ${each.kind} ${name} (object ${each.index}, line ${each.line})`,
    ...remarks(each),
    ...unifiedLines(each.changes),
  ]
  const fitting = countWithin(lines, room - REST.length)
  const left = lines.length - fitting + (each.cut ?? 0)
  return [...lines.slice(0, fitting), ...(left === 0 ? [] : [`  ... ${left} ${REST}`])].join('\n')
}

const REST = 'more lines of this object: diff it alone'

function remarks({ error, conflicts = [], warnings = [], notes = [] }: DocumentDiff): string[] {
  return [
    ...(error === undefined
      ? []
      : [`  error ${error.code}: ${[error.message, error.next].filter((part) => part !== undefined).join(' ')}`]),
    ...conflicts.map(({ manager, fields }) => `  conflict: "${manager}" owns ${fields.join(', ')}; shown as if forced`),
    ...warnings.map((warning) => `  warning: ${warning}`),
    ...notes.map((note) => `  note: ${note}`),
  ]
}

/** How many lines from the first on fit; the headline always does. */
function countWithin(lines: readonly string[], room: number): number {
  let left = room
  const last = lines.findIndex((line, index) => (left -= line.length + 1) < 0 && index > 0)
  return last < 0 ? lines.length : last
}
