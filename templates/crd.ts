import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { Choice, Fitting, HostName } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'crd',
  title: 'Kind of your own',
  description: 'A CustomResourceDefinition with a schema, status, columns and a rule, to be filled with your fields.',
  kinds: ['CustomResourceDefinition'],
  tags: ['custom resource', 'operator', 'api', 'schema', 'cel'],
  parameters: Type.Object({
    group: HostName('API group: a domain of yours.', 'shop.example.com'),
    kind: Fitting('[A-Z][A-Za-z0-9]{0,49}', 'letters and digits, at most 50, a capital first', 'Kind.', {
      default: 'Widget',
    }),
    plural: Fitting('[a-z][a-z0-9]{0,49}', 'lower-case letters and digits, at most 50', 'Name in addresses.', {
      default: 'widgets',
    }),
    shortName: Type.Optional(
      Fitting('[a-z][a-z0-9]{0,9}', 'lower-case letters and digits, at most 10', 'Short name for the command line.'),
    ),
    scope: Choice(['Namespaced', 'Cluster'], 'Namespaced', 'Whether its objects belong to namespaces.'),
    version: Choice(['v1alpha1', 'v1beta1', 'v1'], 'v1alpha1', 'Its first version.'),
  }),
  check: ({ group }) =>
    /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group)
      ? 'group must be a domain of yours: k8s.io and kubernetes.io are kept for Kubernetes'
      : undefined,
  objects: (values) => {
    const { group, kind, plural, shortName, scope, version } = values
    return [
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${group}` },
        spec: {
          group,
          names: {
            kind,
            listKind: `${kind}List`,
            plural,
            singular: kind.toLowerCase(),
            ...(shortName === undefined ? {} : { shortNames: [shortName] }),
          },
          scope,
          versions: [versionOf(version)],
        },
      },
    ]
  },
})

const versionOf = (name: string) =>
  why(
    {
      name,
      served: true,
      storage: true,
      schema: {
        openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec: specSchema(), status: STATUS } },
      },
      subresources: { status: {} },
      additionalPrinterColumns: [
        { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
        { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
    },
    { subresources: 'Who writes spec cannot write status, and the other way round.' },
  )

const specSchema = () =>
  why(
    {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 100, description: 'How large it is.' },
        message: { type: 'string', maxLength: 200, description: 'What it says.' },
      },
      'x-kubernetes-validations': [
        { rule: 'self.size >= oldSelf.size', message: 'size cannot shrink', reason: 'FieldValueForbidden' },
      ],
    },
    { 'x-kubernetes-validations': 'Checked by the API server itself: no webhook that could be down.' },
  )

const STATUS = {
  type: 'object',
  properties: {
    phase: { type: 'string', enum: ['Pending', 'Ready', 'Failed'], description: 'Where it stands.' },
    observedGeneration: { type: 'integer', format: 'int64', description: 'Generation that this is about.' },
  },
}
