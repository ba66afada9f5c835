import type { Shop } from './shop.ts'

/** One request to show what the server does. */
export interface Thing {
  readonly what: string
  readonly path: string
  /** HTTP status of the answer; 200 by default. */
  readonly status?: number
  /** A page for a browser rather than for curl. */
  readonly page?: boolean
}

/** Requests worth making on the demo's shop, each of which works as it is printed. */
export function thingsToTry({ storefrontPod, cartPod }: Shop): readonly Thing[] {
  return [
    { what: 'what this server is, and which cluster it is on', path: '/' },
    { what: 'which pods need a look, everywhere', path: '/cluster/pods?allNamespaces=true&ready=false' },
    { what: 'why the cart does not work', path: '/cluster/describe/deployment/cart' },
    { what: 'what it said before it crashed', path: `/cluster/pod/shop/${cartPod}/logs?previous=true` },
    { what: 'how the rollout of search is going', path: '/cluster/deployment/shop/search/rollout' },
    { what: 'why the recommender gets no node', path: '/cluster/describe/deployment/recommender?namespace=shop-batch' },
    {
      what: 'why the load test has three pods, not five',
      path: '/cluster/describe/deployment/loadtest?namespace=shop-load',
    },
    { what: 'which image staging cannot pull', path: '/cluster/describe/deployment/web?namespace=shop-staging' },
    { what: 'what happened lately', path: '/cluster/events?namespace=shop' },
    { what: 'who uses how much', path: '/cluster/top/pods?namespace=shop' },
    {
      what: 'errors in the logs of the whole storefront',
      path: '/cluster/logs?labelSelector=app%3Dstorefront&contains=503',
    },
    { what: 'a secret, with its values masked', path: '/cluster/resources/secrets/db' },
    { what: "a log of the storefront's", path: `/cluster/pod/shop/${storefrontPod}/logs?tail=5` },
    {
      what: "a user without rights: the refusal is the API server's own",
      path: '/cluster/pods?context=nobody',
      status: 403,
    },
    { what: 'every operation, to try in a browser', path: '/swagger', page: true },
  ]
}

/** How to come in by other doors: MCP clients, kubectl. */
export function wayIn(base: string, kubeconfig: string): readonly string[] {
  return [
    `MCP endpoint      ${base}/mcp`,
    `Claude Code       claude mcp add --transport http k8s ${base}/mcp`,
    `the same cluster  KUBECONFIG=${kubeconfig} kubectl get pods -A`,
  ]
}

/** Everything to try, as text for a terminal. */
export function describe(base: string, things: readonly Thing[], ways: readonly string[]): string {
  const requests = things.map(
    ({ what, path, page = false }) => `  # ${what}\n  ${page ? `${base}${path}` : `curl -s '${base}${path}'`}`,
  )
  const follow = things.find(({ path }) => path.endsWith('/logs?tail=5'))?.path.replace('tail=5', 'follow=true') ?? '/'
  const stream = `  # its lines as they are written, until Ctrl-C\n  curl -sN '${base}${follow}'`
  return [
    '',
    'Things to try:',
    '',
    ...requests,
    stream,
    '',
    ...ways.map((way) => `  ${way}`),
    '',
    'Ctrl-C ends everything.',
    '',
  ].join('\n')
}
