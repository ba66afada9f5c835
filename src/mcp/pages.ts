import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/server'
import type { NamedRow } from './rows.ts'

const DOCS_ROOT = 'k8s-mcp://docs/'
const TEMPLATES_ROOT = 'k8s-mcp://templates/'

/** Pages of the documentation. A path has several segments (RFC 6570, 3.2.3). */
export const DOC_PAGE = `${DOCS_ROOT}{+path}`
/** Manifests to start from. */
export const TEMPLATE = `${TEMPLATES_ROOT}{template}`

/** What is read without a cluster: the template of its URIs, the operation that reads one, the one that lists all, as a resource. */
export interface PageKind {
  template: ResourceTemplateType
  read: string
  list: string
  /** Asks for those that are worth a line of their own: of thousands of pages those of this product. */
  listed: Record<string, unknown>
  /** What the operation is asked for a URI; undefined where it is another's. */
  inputOf(uri: string): Record<string, string> | undefined
  resourceOf(row: NamedRow): Resource
}

/** Documentation and templates. */
export const PAGE_KINDS: readonly PageKind[] = [
  {
    template: {
      uriTemplate: DOC_PAGE,
      name: 'documentation',
      title: 'Page of the documentation',
      description: 'Troubleshooting, tasks, concepts and, once imported, the official documentation, as Markdown.',
      mimeType: 'text/markdown',
    },
    read: 'infra.k8s.docs.getDoc',
    list: 'infra.k8s.docs.listDocs',
    listed: { source: 'own' },
    inputOf: (uri) => asked(uri, DOCS_ROOT, (path) => ({ path, format: 'md' })),
    resourceOf: (row) => pageResource(row, `${DOCS_ROOT}${encodeURI(row.name)}`, 'text/markdown'),
  },
  {
    template: {
      uriTemplate: TEMPLATE,
      name: 'manifest-template',
      title: 'Template',
      description: 'A manifest to start from, with its default values, as YAML.',
      mimeType: 'application/yaml',
    },
    read: 'infra.k8s.templates.getTemplate',
    list: 'infra.k8s.templates.listTemplates',
    listed: {},
    inputOf: (uri) => asked(uri, TEMPLATES_ROOT, (template) => ({ template, format: 'yaml' })),
    resourceOf: (row) => pageResource(row, `${TEMPLATES_ROOT}${encodeURIComponent(row.name)}`, 'application/yaml'),
  },
]

function asked(
  uri: string,
  root: string,
  input: (rest: string) => Record<string, string>,
): Record<string, string> | undefined {
  if (!uri.startsWith(root)) return undefined
  try {
    return input(decodeURIComponent(uri.slice(root.length)))
  } catch {
    return undefined
  }
}

const pageResource = ({ name, title, description }: NamedRow, uri: string, mimeType: string): Resource => ({
  uri,
  name,
  mimeType,
  ...(typeof title === 'string' ? { title } : {}),
  ...(typeof description === 'string' ? { description } : {}),
})
