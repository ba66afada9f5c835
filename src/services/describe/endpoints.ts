import type { KubeObject } from '../../kubernetes/types.ts'
import { at, type Fields, listAt } from './read.ts'

/** Endpoints of EndpointSlices. */
export const endpointsOf = (slices: readonly KubeObject[]): Fields[] =>
  slices.flatMap((slice) => listAt(slice, 'endpoints'))

/** An endpoint whose `ready` is not told counts as ready (API of EndpointSlice). */
export const isReady = (endpoint: Fields): boolean => at(endpoint, 'conditions.ready') !== false
