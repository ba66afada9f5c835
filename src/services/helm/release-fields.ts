import { at, type Fields, fieldsAt, isFields, listAt, numberAt, textAt, textsAt } from '../describe/read.ts'
import type { Hook, HookRun, Release, ReleaseChart } from './release.ts'
import { statusOf } from './status.ts'

// Reads Helm's own JSON (its type release/v1.Release), of which nothing is taken for granted but name, namespace and revision.

/** The release that the JSON is; undefined where it is none. */
export function readRelease(json: unknown, labels: Readonly<Record<string, string>>): Release | undefined {
  const [name, namespace, revision] = [textAt(json, 'name'), textAt(json, 'namespace'), numberAt(json, 'version')]
  if (!isFields(json) || name === undefined || namespace === undefined || revision === undefined) return undefined
  return {
    namespace,
    name,
    revision,
    ...infoOf(json),
    ...applyMethodOf(json),
    chart: chartOf(json),
    values: fieldsAt(json, 'config'),
    manifest: textAt(json, 'manifest') ?? '',
    hooks: listAt(json, 'hooks').map(hookOf),
    labels,
  }
}

function infoOf(json: Fields) {
  const info = fieldsAt(json, 'info')
  const rollback = numberAt(info, 'rollback_revision')
  return {
    status: statusOf(textAt(info, 'status')),
    description: textAt(info, 'description') ?? '',
    notes: textAt(info, 'notes') ?? '',
    ...time('firstDeployed', info, 'first_deployed'),
    ...time('lastDeployed', info, 'last_deployed'),
    ...time('deleted', info, 'deleted'),
    ...(rollback === undefined || rollback === 0 ? {} : { rollbackRevision: rollback }),
  }
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

// Go's zero time stands for none. What is no time is not repeated: it stands in sentences of ours.
function time<Name extends string>(name: Name, fields: unknown, path: string): { [Key in Name]?: string } {
  const text = textAt(fields, path)
  if (text === undefined || text.startsWith('0001-01-01T') || !RFC_3339.test(text)) return {}
  const found: { [Key in Name]?: string } = {}
  found[name] = text
  return found
}

function applyMethodOf(json: Fields): Pick<Release, 'applyMethod'> {
  const method = textAt(json, 'apply_method')
  return method === 'ssa' || method === 'csa' ? { applyMethod: method } : {}
}

function chartOf(json: Fields): ReleaseChart {
  const metadata = fieldsAt(json, 'chart.metadata')
  const schema = textAt(json, 'chart.schema')
  return {
    name: textAt(metadata, 'name') ?? '',
    version: textAt(metadata, 'version') ?? '',
    appVersion: textAt(metadata, 'appVersion') ?? '',
    metadata,
    values: fieldsAt(json, 'chart.values'),
    ...(schema === undefined ? {} : { schema: Buffer.from(schema, 'base64').toString() }),
  }
}

function hookOf(hook: Fields): Hook {
  const lastRun = runOf(at(hook, 'last_run'))
  return {
    name: textAt(hook, 'name') ?? '',
    kind: textAt(hook, 'kind') ?? '',
    path: textAt(hook, 'path') ?? '',
    events: textsAt(hook, 'events'),
    weight: numberAt(hook, 'weight') ?? 0,
    deletePolicies: textsAt(hook, 'delete_policies'),
    outputLogPolicies: textsAt(hook, 'output_log_policies'),
    manifest: textAt(hook, 'manifest') ?? '',
    ...(lastRun === undefined ? {} : { lastRun }),
  }
}

function runOf(run: unknown): HookRun | undefined {
  const phase = textAt(run, 'phase')
  if (phase === undefined) return undefined
  return { phase, ...time('started', run, 'started_at'), ...time('completed', run, 'completed_at') }
}
