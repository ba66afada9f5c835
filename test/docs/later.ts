// What the pages name before it is there. An entry goes when its operation comes: a test says so.

/** Operations of later issues, with the pages they will answer. */
export const LATER: Readonly<Record<string, readonly string[]>> = {}

/** Templates that pages link to. */
export const TEMPLATES: readonly string[] = [
  'deployment',
  'web-application',
  'statefulset',
  'daemonset',
  'job',
  'cronjob',
  'debug-pod',
  'service',
  'ingress-tls',
  'network-policy',
  'hpa',
  'pdb',
  'configmap',
  'secret',
  'pvc',
  'storageclass',
  'serviceaccount',
  'role',
  'resource-quota',
  'limit-range',
  'namespace',
]
