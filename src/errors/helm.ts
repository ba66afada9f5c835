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

  // What a plan finds, so that nobody is asked
  releaseExists: (name: string, namespace: string, status: string, advice: string | undefined) =>
    new Problem(
      'release_exists',
      409,
      `The name is taken: Helm release "${name}" is in namespace "${namespace}" (${status}).`,
      advice ?? 'upgradeChart changes it, uninstallRelease takes it away; or install under another name.',
    ),
  releaseUnfinished: (name: string, namespace: string, status: string, advice: string) =>
    new Problem('release_unfinished', 409, `Helm release "${name}" in namespace "${namespace}" is ${status}.`, advice),
  releaseMoved: (what: string) =>
    new Problem('release_moved', 409, what, 'Ask for it again: the plan is then made of what is there now.'),
  objectNotOwned: (objects: readonly string[]) =>
    new Problem(
      'object_not_owned',
      409,
      `These objects are there already and do not belong to the release, so Helm would refuse: ${objects.join(', ')}.`,
      'Delete or rename them, or choose values under which the chart does not make them.',
    ),
  releaseConflicts: (detail: string) =>
    new Problem(
      'field_conflict',
      409,
      `Helm would fail, since fields belong to other managers: ${detail}`,
      'Choose values that agree with what is there, or ask with forceConflicts to take the fields; the plan then shows it.',
    ),
  namespaceMissing: (namespace: string, context: string) =>
    new Problem(
      'not_found',
      404,
      `Namespace "${namespace}" is not there (context ${context}).`,
      'createNamespace: true makes it too.',
    ),
  chartNotRendered: (said: string, next?: string) =>
    new Problem('chart_not_rendered', 422, `The chart does not render: ${said}`, next),
  chartUnstable: (chart: string, fields: readonly string[]) =>
    new Problem(
      'chart_unstable',
      422,
      `Chart ${chart} renders differently each time, so that nobody can approve what will be installed: ${fields.join('; ')}.`,
      'Give values that settle these fields (a password of your own, an existing Secret). Or whoever runs the server names the chart in HELM_UNSTABLE_CHARTS: the fields are then flagged.',
    ),
  objectTooLarge: (what: string, most: string, next: string) =>
    new Problem('object_too_large', 422, `${what} is too large: the API server stores at most ${most}.`, next),
  chartUnknown: (name: string, namespace: string, why: string) =>
    new Problem(
      'chart_unknown',
      422,
      `The chart of Helm release "${name}" in namespace "${namespace}" cannot be used again: ${why}.`,
      'Name the chart.',
    ),
} as const
