import type { Scope } from '../call.ts'
import { type Problem, problems } from '../errors.ts'
import { inScope } from '../glob.ts'

/** Which kinds there are, how the API server is: nothing of what is in it. */
const ABOUT_SERVER =
  /^(?:api(?:\/[^/]+)?|apis(?:\/[^/]+){0,2}|version|readyz|livez|healthz|openapi\/v[23](?:\/[^/]+){0,3})$/
/** What this identity may do (SelfSubjectReview, SelfSubjectAccessReview, SelfSubjectRulesReview). */
const OWN_REVIEW = /^apis\/(?:authentication|authorization)\.k8s\.io\/[^/]+\/selfsubject(?:access|rules)?reviews$/

/**
 * Why a request goes beyond the namespaces of a credential, or undefined where it stays within. Judged by the path, which is the one
 * thing that the API server goes by too: within is what stands below `namespaces/<one of them>`, and such a Namespace itself.
 */
export function beyondNamespaces({ namespaces }: Scope, method: string, path: readonly string[]): Problem | undefined {
  if (namespaces === undefined) return undefined
  const where = namespaceOf(path)
  if (where !== undefined && inScope(namespaces, where)) return undefined
  const joined = path.join('/')
  if (method === 'GET' && ABOUT_SERVER.test(joined)) return undefined
  if (method === 'POST' && OWN_REVIEW.test(joined)) return undefined
  return problems.beyondNamespaces(namespaces, `${method} /${joined}`)
}

// `/api/v1/namespaces/<name>` is the Namespace itself; in any other group that would be an object that only shares its name.
function namespaceOf([root, ...path]: readonly string[]): string | undefined {
  const [marker, name, below] = path.slice(root === 'api' ? 1 : 2)
  if (marker !== 'namespaces') return undefined
  return root === 'api' || (root === 'apis' && below !== undefined) ? name : undefined
}
