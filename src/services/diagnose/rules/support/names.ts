import type { KubeObject } from '../../../../kubernetes/types.ts'

/** `Service shop/cart`, `Node worker-1`: an object as causes name it. */
export const calledIn = ({ kind, metadata: { namespace, name } }: KubeObject): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
