import { Problem } from './problem.ts'

const named = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

/** Errors of the API reference. */
export const referenceProblems = {
  unknownKindIn: (kind: string, where: string, near: readonly string[]) =>
    new Problem(
      'unknown_kind',
      404,
      `${where} has no kind "${kind}".`,
      near.length === 0 ? 'GET /api (listApiReference) shows them all.' : `Did you mean ${named(near)}?`,
    ),
  unknownField: (where: string, step: string, near: readonly string[], has: string) =>
    new Problem(
      'unknown_field',
      404,
      `${where} has no field "${step}".`,
      near.length === 0 ? has : `Did you mean ${named(near)}?`,
    ),
  unknownApiVersion: (version: string, known: readonly string[]) =>
    new Problem(
      'unknown_api_version',
      404,
      `There is no reference of Kubernetes ${version} here.`,
      `There are ${known.join(', ')}. Another one comes from a file: k8s-mcp docs import-api FILE.`,
    ),
  schemaUnavailable: (kind: string, context: string, why: string) =>
    new Problem(
      'schema_unavailable',
      502,
      `Context ${context} has the kind ${kind}, but its schema cannot be read: ${why}.`,
      'Every other kind can be asked about. listApiResources shows which API servers do not answer.',
    ),
  badApiFile: (file: string, why: string) =>
    new Problem(
      'bad_api_file',
      422,
      `${file} cannot be used as an API reference: ${why}.`,
      'Give what "kubectl get --raw /openapi/v2" or "kubectl get --raw /openapi/v3/apis/apps/v1" prints.',
    ),
} as const
