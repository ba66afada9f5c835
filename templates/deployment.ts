import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { webDeployment, webParameters } from '../src/services/templates/parts/web.ts'

export default defineTemplate({
  name: 'deployment',
  title: 'Deployment',
  description: 'Pods that answer HTTP, updated one after the other without an interruption.',
  kinds: ['Deployment'],
  tags: ['workload', 'stateless', 'rolling update', 'probes'],
  parameters: Type.Object(webParameters),
  objects: (values) => [webDeployment(values)],
})
