import { routes } from '../src/http/page.ts'
import { explain } from '../src/operations/docs/explain.ts'
import { getDoc } from '../src/operations/docs/get-doc.ts'
import { listApiReference } from '../src/operations/docs/list-api-reference.ts'
import { listDocs } from '../src/operations/docs/list-docs.ts'
import { search } from '../src/operations/docs/search.ts'

export default routes('docs', {
  'GET /docs': listDocs,
  'GET /docs/*': getDoc,
  'GET /search': search,
  'GET /api': listApiReference,
  'GET /api/:kind': explain,
})
