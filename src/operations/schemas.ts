import Type from 'typebox'
import { OneOf, UNLISTED } from '../schema.ts'

// Words that many operations share. Every field is described; a model reads these texts forty times in one list of tools, so that
// they are as short as can be.

export const ContextName = Type.String({
  minLength: 1,
  maxLength: 253,
  description: 'Context.',
})
export const Namespace = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
  description: 'Namespace.',
})
export const AllNamespaces = Type.Boolean({ default: false, description: 'All namespaces.' })

// A path segment of the API (security 1): RBAC names may hold colons and capitals, so only what could change the path is refused here;
// where a kind demands DNS-1123 the API server says so.
const SEGMENT = '^(?!\\.{1,2}$)[^/%?#\\u0000-\\u0020\\u007f]{1,253}$'
export const Name = Type.String({ pattern: SEGMENT, description: 'Name.' })
export const Kind = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9.-]{0,252}$',
  description: 'Such as pod, deployments.v1.apps.',
})
export const Container = Type.String({
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
  description: 'Container.',
})
export const LabelSelector = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'Such as app=web,tier!=db.',
})
const fieldSelector = { minLength: 1, maxLength: 1000, description: 'Such as spec.nodeName=node-1.' }
export const FieldSelector = Type.String(fieldSelector)
const limit = { minimum: 1, maximum: 500, default: 100, description: 'Most items.' }
export const Limit = Type.Integer(limit)
const more = { minLength: 1, maxLength: 8192, description: 'From the answer before.' }
export const Continue = Type.String(more)
/** Of lists that are rarely long: their text says how to go on. */
export const rarePaging = {
  limit: Type.Optional(Type.Integer({ ...limit, ...UNLISTED })),
  continue: Type.Optional(Type.String({ ...more, ...UNLISTED })),
}
export const Format = OneOf(['rows', 'objects'], 'rows: the columns of kubectl; objects: whole objects.', {
  default: 'rows',
  ...UNLISTED,
})

/** Parameters of every list of a kind that has no namespace. */
export const clusterListInput = {
  context: Type.Optional(ContextName),
  labelSelector: Type.Optional(LabelSelector),
  fieldSelector: Type.Optional(Type.String({ ...fieldSelector, ...UNLISTED })),
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

/** Parameters that name one object of a namespaced kind. */
export const namespacedInput = { context: Type.Optional(ContextName), namespace: Namespace, name: Name }

/** Parameters that name one object of any kind. */
export const objectInput = {
  kind: Kind,
  name: Name,
  context: Type.Optional(ContextName),
  namespace: Type.Optional(Namespace),
}

export const ApprovalId = Type.String({ pattern: '^apr_[0-9a-f]{24}$', description: 'Id: apr_...' })
export const Reason = Type.String({ minLength: 1, maxLength: 1000, description: 'Why.' })
