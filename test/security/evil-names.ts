/** Texts that lead somewhere else where they are put into a path, a query or a header as they are. */
export const EVIL_NAMES: readonly string[] = [
  ['.', '..', '...', './', '../', '/', '//', '/..', '..;', '.;/', '..\\', '\\', 'a\\b'],
  ['%2e%2e', '%2E%2E%2F', '..%2f', '%2f', '%5c..', '%252e%252e%252f', '%c0%ae%c0%ae', '%00', 'a%00b', '%', '%zz'],
  ['a/b', 'web/exec', 'web/log', 'web/../db', '../secrets/db', '../../secrets/db', '../../../kube-system/pods'],
  ['pods/x/exec', 'x/proxy/http:80', 'default/token', 'web%2Fexec', 'web%252Fexec', 'http://evil.example/x'],
  [
    'a?b',
    'a?watch=true',
    '?force=true',
    'a#b',
    '#',
    'a&limit=9',
    'a;b',
    'a:b@c',
    'a,b=c',
    '*',
    '{name}',
    '$(id)',
    '`id`',
  ],
  ['', ' ', 'a b', ' web', 'web ', '\t', 'a\r\nX-Evil: 1', 'a\nb', '\u0000', 'a\u0000b', 'a\u007fb', 'a\u0085b'],
  [
    '\u2025',
    '\uff0e\uff0e',
    '\u2215',
    'a\uff0fb',
    'we\u0431',
    'web\u202e',
    '\ufeffweb',
    'web\u200b',
    '\ud800',
    'ｐods',
  ],
  ['x'.repeat(253), 'x'.repeat(254), 'x'.repeat(300), '__proto__', 'constructor', 'null', '-web', '--all', 'WEB'],
].flat()

/** Words for a kind that would reach a subresource or leave the API. */
export const EVIL_KINDS: readonly string[] = [
  ['pods/exec', 'pods/log', 'pods/proxy', 'pods/attach', 'pods/portforward', 'services/proxy', 'nodes/proxy'],
  [
    'serviceaccounts/token',
    'pods.v1/exec',
    'pods.v1./exec',
    'Pod/exec',
    'deployments/scale',
    'deployments.v1.apps/scale',
  ],
  [
    '../../version',
    'api',
    'apis',
    'v1',
    'namespaces/kube-system/secrets',
    'po/..',
    'PodExecOptions',
    'PodProxyOptions',
  ],
].flat()

/** What would add a parameter to a query, end it, or reach out of it. */
export const EVIL_PARAMETERS: readonly string[] = [
  ['a&limit=9999', 'a&watch=true', 'a=b&resourceVersion=0', '?force=true', '#', '../../secrets', '%26watch%3Dtrue'],
  ['a\r\nX-Evil: 1', '\u0000', 'a;watch=true', '\ud800', 'x'.repeat(300)],
].flat()
