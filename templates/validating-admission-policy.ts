import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { labels } from '../src/services/templates/parts/meta.ts'
import { Choice, Different, Fitting, Name } from '../src/services/templates/schemas.ts'
import { why } from '../src/services/templates/why.ts'

const REGISTRY = '[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,5})?/(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/){0,4}'

export default defineTemplate({
  name: 'validating-admission-policy',
  title: 'Admission policy for images',
  description:
    'Pods may only use images of registries you name, and none without a version. The API server checks it itself.',
  kinds: ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  tags: ['admission', 'policy', 'cel', 'images', 'security', 'latest'],
  parameters: Type.Object({
    name: Name('images'),
    registries: Different(
      Fitting(
        REGISTRY,
        'a registry with or without a folder, and a slash last, such as registry.example.com/shop/',
        'One.',
      ),
      20,
      'Where images may come from.',
      ['registry.k8s.io/', 'registry.example.com/'],
    ),
    action: Choice(['Warn', 'Audit', 'Deny'], 'Warn', 'What happens to what does not keep to it.'),
    optIn: Fitting(
      '[a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?',
      'a key of a label: lower-case letters, digits, dashes and dots',
      'Namespaces that have this label are checked.',
      { default: 'check-images' },
    ),
  }),
  check: ({ registries }) => (registries.length === 0 ? 'registries must have at least one entry' : undefined),
  objects: ({ name, registries, action, optIn }) => {
    const metadata = { name, labels: labels({ name }) }
    return [
      {
        apiVersion: ADMISSION,
        kind: 'ValidatingAdmissionPolicy',
        metadata,
        spec: why(
          {
            failurePolicy: 'Fail',
            matchConstraints: { resourceRules: [PODS] },
            variables: [{ name: 'images', expression: IMAGES }],
            validations: [
              { expression: `variables.images.all(i, ${text(registries)}.exists(r, i.startsWith(r)))`, ...FROM },
              { expression: VERSIONED, message: 'An image needs a version: a tag other than latest, or a digest.' },
            ],
          },
          { failurePolicy: 'What cannot be checked is refused.' },
        ),
      },
      {
        apiVersion: ADMISSION,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata,
        spec: why(
          {
            policyName: name,
            validationActions: [action],
            matchResources: { namespaceSelector: { matchExpressions: [{ key: optIn, operator: 'Exists' }] } },
          },
          {
            validationActions: 'Begin with Warn, look at who is warned, then Deny.',
            matchResources: 'Namespaces opt in: a mistake here does not stop the whole cluster.',
          },
        ),
      },
    ]
  },
})

const ADMISSION = 'admissionregistration.k8s.io/v1'
const PODS = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] }
const FROM = { message: 'Images may only come from the registries that the policy names.' }
// What the patterns let through means the same in JSON and in CEL.
const text = (registries: readonly string[]) => JSON.stringify(registries)
const IMAGES =
  'object.spec.containers.map(c, c.image) + object.spec.?initContainers.orValue([]).map(c, c.image)' +
  ' + object.spec.?ephemeralContainers.orValue([]).map(c, c.image)'
const VERSIONED = "variables.images.all(i, i.contains('@sha256:') || (i.matches(':[^/:]+$') && !i.endsWith(':latest')))"
