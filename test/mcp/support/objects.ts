import Type from 'typebox'
import { problems } from '../../../src/errors.ts'
import { defineRead, type Operation } from '../../../src/operations/define.ts'
import { Closed, KubernetesObject } from '../../../src/schema.ts'

// The operations that resources and completion go through, over a cluster of three pods.

const named = Closed({ name: Type.String(), namespaced: Type.Optional(Type.Boolean()) })
const rows = Closed({ items: Type.Array(named) })
const where = { context: Type.Optional(Type.String({ minLength: 1 })), limit: Type.Optional(Type.Integer()) }
const SEGMENT = '^(?!\\.{1,2}$)[^/%?#]+$'
const text = () => ''
const list = (...names: string[]) => ({ items: names.map((name) => ({ name })) })
const about = { title: 'Test', description: 'Test.', text }
const pods = ['web-1', 'web-2', 'my-web']

export const objectOperations: Operation[] = [
  defineRead({
    ...about,
    name: 'infra.k8s.cluster.getContexts',
    input: Type.Object({}),
    output: rows,
    handle: async () => list('kind-dev', 'arn:aws:eks/prod'),
  }),
  defineRead({
    ...about,
    name: 'infra.k8s.cluster.getCluster',
    input: Type.Object(where),
    output: Closed({ context: Type.String() }),
    handle: async ({ context = 'kind-dev' }) => ({ context }),
  }),
  defineRead({
    ...about,
    name: 'infra.k8s.cluster.listNamespaces',
    input: Type.Object(where),
    output: rows,
    handle: async ({ context }) => {
      if (context === 'down') throw problems.clusterTimeout('down', 5000)
      return list(...Array.from({ length: 150 }, (_, index) => `team-${index}`))
    },
  }),
  defineRead({
    ...about,
    name: 'infra.k8s.cluster.listApiResources',
    input: Type.Object(where),
    output: rows,
    handle: async () => ({
      items: [
        { name: 'pods', namespaced: true },
        { name: 'nodes', namespaced: false },
        { name: 'podtemplates', namespaced: true },
      ],
    }),
  }),
  defineRead({
    ...about,
    name: 'infra.k8s.resources.listResources',
    input: Type.Object({ ...where, kind: Type.String(), namespace: Type.Optional(Type.String()) }),
    output: rows,
    handle: async ({ kind, namespace }) => list(...(kind === 'pods' && namespace === 'shop' ? pods : [])),
  }),
  defineRead({
    ...about,
    name: 'infra.k8s.resources.getResource',
    input: Type.Object({
      ...where,
      kind: Type.String({ pattern: SEGMENT }),
      namespace: Type.Optional(Type.String({ pattern: SEGMENT })),
      name: Type.String({ pattern: SEGMENT }),
    }),
    output: Closed({ context: Type.String(), object: KubernetesObject }),
    handle: async ({ context = '', namespace, kind, name }) => {
      if (name === 'missing') throw problems.kubernetes(404, 'not_found', `${kind} "${name}" not found`)
      if (name === 'slow') throw problems.clusterTimeout('kind-dev', 5000)
      return {
        context,
        object: { kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, note: '\u202e' },
      }
    },
  }),
]
