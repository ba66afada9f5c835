// The authorizer's words (k8s.io/apiserver, responsewriters.Forbidden). What follows a colon are its reasons.
const REFUSED =
  /cannot (?<verb>[a-z]+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)" (?:at the cluster scope|in the namespace "(?<namespace>[^"]+)")/
const REFUSED_PATH = /cannot (?<verb>[a-z]+) path "(?<path>[^"]+)"/

/**
 * The RBAC rule that would allow what a 403 of the API server refuses, ready to paste into `rules` of a Role or ClusterRole, with where
 * it belongs. Undefined where the refusal is not the authorizer's (an admission plugin's, a webhook's).
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
export function missingRule(message: string): string | undefined {
  const { verb, resource, group = '', namespace } = REFUSED.exec(message)?.groups ?? {}
  if (verb !== undefined && resource !== undefined) {
    const where = namespace === undefined ? 'a ClusterRole' : `a Role in namespace ${namespace} (or a ClusterRole)`
    return `this rule in ${where} allows it: {apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`
  }
  const { verb: pathVerb, path } = REFUSED_PATH.exec(message)?.groups ?? {}
  if (pathVerb === undefined || path === undefined) return undefined
  return `this rule in a ClusterRole allows it: {nonResourceURLs: ["${path}"], verbs: ["${pathVerb}"]}`
}
