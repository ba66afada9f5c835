import { Problem } from './problem.ts'

/** Errors of Helm releases: reading them, and changing them by the binary. */
export const helmProblems = {
  releaseNotFound: (name: string, namespace: string, context: string, revision?: number) =>
    new Problem(
      'release_not_found',
      404,
      revision === undefined
        ? `No Helm release "${name}" in namespace "${namespace}" (context ${context}).`
        : `Helm release "${name}" in namespace "${namespace}" has no revision ${revision} (context ${context}).`,
      revision === undefined
        ? 'listReleases shows those there are; allNamespaces looks everywhere.'
        : 'getReleaseHistory shows the revisions that are kept.',
    ),
  releaseDamaged: (stored: string, namespace: string, context: string, why: string) =>
    new Problem(
      'release_damaged',
      502,
      `${stored} in namespace "${namespace}" (context ${context}) should hold a Helm release, and cannot be read: ${why}.`,
      'getReleaseHistory shows the revisions that can be read; getRelease takes one of them as revision.',
    ),
  releasesForbidden: (said: string, resource: string, namespace: string | undefined) =>
    new Problem(
      'forbidden',
      403,
      `Helm keeps its releases in ${resource}, and they may not be read: ${said}`,
      `Whoever administers the cluster grants it with this rule in a ${namespace === undefined ? 'ClusterRole' : `Role of namespace "${namespace}"`}: {apiGroups: [""], resources: [${resource}], verbs: [get, list]}.`,
    ),
} as const
