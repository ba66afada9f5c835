import { routes } from '../src/http/page.ts'
import { getTemplate } from '../src/operations/templates/get-template.ts'
import { listTemplates } from '../src/operations/templates/list-templates.ts'

export default routes('templates', {
  'GET /templates': listTemplates,
  'GET /templates/:template': getTemplate,
})
