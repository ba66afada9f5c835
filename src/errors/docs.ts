import { Problem } from './problem.ts'

/** Errors of the documentation and its search. */
export const docsProblems = {
  docsNotBuilt: () =>
    new Problem(
      'docs_not_built',
      503,
      'The documentation has not been built here.',
      'Whoever runs the server runs "npm run build:data" in its folder.',
    ),
  docsUnreadable: (folder: string, why: string) =>
    new Problem('docs_not_built', 503, `The pages in ${folder} cannot be read: ${why}.`, 'Check DOCS_DIR.'),
  docsNotImported: () =>
    new Problem(
      'docs_not_imported',
      404,
      'The official Kubernetes documentation has not been imported here.',
      'Whoever runs the server imports it from a checkout of kubernetes/website: k8s-mcp docs import PATH.',
    ),
  docsDamaged: (why: string) =>
    new Problem(
      'docs_damaged',
      500,
      `The imported documentation cannot be read: ${why}.`,
      'Import it again: k8s-mcp docs import PATH.',
    ),
  unknownPage: (path: string, near: readonly string[]) =>
    new Problem(
      'unknown_page',
      404,
      `No page "${path}".`,
      near.length === 0
        ? 'GET /docs lists every page, GET /search?q= finds them.'
        : `Did you mean ${near.map((each) => `"${each}"`).join(', ')}?`,
    ),
  unknownSection: (anchor: string, path: string, near: readonly string[]) =>
    new Problem(
      'unknown_section',
      404,
      `The page "${path}" has no section "${anchor}".`,
      `It has ${near.map((each) => `"${each}"`).join(', ')}.`,
    ),
  unknownTemplate: (name: string, near: readonly string[]) =>
    new Problem(
      'unknown_template',
      404,
      `No template "${name}".`,
      near.length === 0
        ? 'GET /templates (listTemplates) lists them all.'
        : `Did you mean ${near.map((each) => `"${each}"`).join(', ')}?`,
    ),
  importRefused: (what: string, why: string) =>
    new Problem(
      'import_refused',
      422,
      `${what} cannot be imported: ${why}.`,
      'Nothing has changed. Give a checkout of kubernetes/website: its folder, or a .tar.xz or .tar.gz of it.',
    ),
} as const
