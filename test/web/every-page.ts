/** Pages of every kind. */
export const PAGES = [
  '/',
  '/docs',
  '/docs/troubleshooting/crash-loop',
  '/api',
  '/api/Deployment.v1.apps',
  '/search',
  '/search?q=crash',
  '/templates',
  '/templates/configmap',
  '/approvals',
  '/approvals/apr_0',
]

/** Pages of every kind of error. */
export const ERRORS = [
  '/docs/troubleshooting/crash-lop',
  '/api/Deploymnt',
  '/nothing',
  '/templates/configmap?name=BAD',
  '/cluster/broken?how=role',
  '/cluster/broken?how=cluster',
  '/cluster/broken?how=us',
]
