import type { KubeObject } from '../../kubernetes/types.ts'
import { fieldOf } from './json.ts'
import type { ParsedDocument } from './parse.ts'

// What a manifest makes itself that other objects of it need: namespaces, and the kinds of its CustomResourceDefinitions.

const CRD_GROUP = 'apiextensions.k8s.io/'

const isNamespace = ({ apiVersion, kind }: KubeObject) => apiVersion === 'v1' && kind === 'Namespace'
const isDefinition = ({ apiVersion, kind }: KubeObject) =>
  kind === 'CustomResourceDefinition' && apiVersion.startsWith(CRD_GROUP)

/** Names of the namespaces that are objects of the manifest. */
export const namespacesIn = (documents: readonly ParsedDocument[]): string[] =>
  documents.filter(({ object }) => isNamespace(object)).map(({ object }) => object.metadata.name)

/** `apiVersion kind` of every kind that the manifest's CustomResourceDefinitions define. */
export const kindsIn = (documents: readonly ParsedDocument[]): ReadonlySet<string> =>
  new Set(documents.filter(({ object }) => isDefinition(object)).flatMap(({ object }) => definedBy(object)))

/** The key of a kind in {@link kindsIn}. */
export const kindKey = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): string =>
  `${apiVersion} ${kind}`

/** Whether other objects of the manifest may need this one first. */
export const isFoundation = ({ object }: ParsedDocument): boolean => isNamespace(object) || isDefinition(object)

function definedBy({ spec }: KubeObject): string[] {
  const group = fieldOf(spec, 'group')
  const kind = fieldOf(fieldOf(spec, 'names'), 'kind')
  const versions: unknown = fieldOf(spec, 'versions')
  if (typeof group !== 'string' || typeof kind !== 'string' || !Array.isArray(versions)) return []
  return versions.map((version) => kindKey({ apiVersion: `${group}/${String(fieldOf(version, 'name'))}`, kind }))
}
