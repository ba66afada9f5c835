import type { KubeObject, ObjectMeta } from '../../../kubernetes/types.ts'
import { why } from '../why.ts'

/** Rights of a role. */
export interface Rule {
  apiGroups: readonly string[]
  resources: readonly string[]
  verbs: readonly string[]
}

export const LOOK = ['get', 'list', 'watch'] as const

/** A ServiceAccount whose token goes only into Pods that ask for it. */
export const serviceAccount = (metadata: ObjectMeta, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata,
  automountServiceAccountToken: false,
  ...more,
})

export const role = (kind: 'Role' | 'ClusterRole', metadata: ObjectMeta, rules: readonly Rule[]): KubeObject => ({
  apiVersion: RBAC,
  kind,
  metadata,
  rules,
})

/** Gives a role to somebody. */
export const binding = (
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  metadata: ObjectMeta,
  to: { role: { kind: 'Role' | 'ClusterRole'; name: string }; subject: object },
): KubeObject =>
  why(
    {
      apiVersion: RBAC,
      kind,
      metadata,
      roleRef: { apiGroup: GROUP, ...to.role },
      subjects: [to.subject],
    },
    { roleRef: 'Can never be changed: another role needs another binding.' },
  )

const GROUP = 'rbac.authorization.k8s.io'
const RBAC = `${GROUP}/v1`

/** A group or a user, as whoever authenticates them names them. */
export const outsider = (kind: 'User' | 'Group', name: string): object => ({ apiGroup: GROUP, kind, name })
