import Type, { type Static, type TObject } from 'typebox'
import { Closed, OneOf } from '../schema.ts'

// Words that many operations share. Every field is described: the text is what a model and a reader of OpenAPI see.

export const ContextName = Type.String({
  minLength: 1,
  maxLength: 253,
  description: 'Kubeconfig context; default: the current one.',
})
export const Namespace = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
  description: "Namespace; default: the context's own.",
})
export const AllNamespaces = Type.Boolean({ default: false, description: 'All namespaces instead of one.' })

// A path segment of the API (security 1): RBAC names may hold colons and capitals, so only what could change the path is refused here;
// where a kind demands DNS-1123 the API server says so.
const SEGMENT = '^(?!\\.{1,2}$)[^/%?#\\u0000-\\u0020\\u007f]{1,253}$'
export const Name = Type.String({ pattern: SEGMENT, description: 'Name of the object.' })
export const Kind = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9.-]{0,252}$',
  description: 'Kind, plural, short name or kind.version.group (pod, deploy, deployments.v1.apps).',
})
export const Container = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
  description: 'Container; default: the first, or the one the pod names as default.',
})
export const LabelSelector = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'Label selector, e.g. app=web,tier!=db.',
})
export const FieldSelector = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'Field selector, e.g. status.phase=Running.',
})
export const Limit = Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Most items to return.' })
export const Continue = Type.String({
  minLength: 1,
  maxLength: 8192,
  description: 'Token of the answer before, to go on from there.',
})
export const Format = OneOf(['rows', 'objects'], 'rows: the columns of kubectl; objects: whole objects.', {
  default: 'rows',
})

/** Parameters of every list of a kind that has no namespace. */
export const clusterListInput = {
  context: Type.Optional(ContextName),
  labelSelector: Type.Optional(LabelSelector),
  fieldSelector: Type.Optional(FieldSelector),
  limit: Type.Optional(Limit),
  continue: Type.Optional(Continue),
  format: Type.Optional(Format),
}

/** Parameters of every list of a namespaced kind. */
export const listInput = {
  ...clusterListInput,
  namespace: Type.Optional(Namespace),
  allNamespaces: Type.Optional(AllNamespaces),
}

/** What a change would do, for the person who decides. Filled in by the approvals issue. */
export interface Plan {
  summary: string
  diff: string[]
  warnings: string[]
}

/** The answer to a change: a request that waits, and its result once it is done. */
export const Approval = <R extends TObject>(result: R) =>
  Closed({
    id: Type.String({ description: 'Id of the approval.' }),
    state: Type.String({ description: 'State of the approval.' }),
    operation: Type.String({ description: 'Operation that waits.' }),
    summary: Type.String({ description: 'What would happen, in one sentence.' }),
    digest: Type.String({ description: 'What the approver confirms to have seen.' }),
    result: Type.Optional(result),
  })
export type Approval = Static<ReturnType<typeof Approval<TObject>>>
