import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { jobParameters, jobSpec } from '../src/services/templates/parts/job.ts'
import { metadata } from '../src/services/templates/parts/meta.ts'
import { Count } from '../src/services/templates/schemas.ts'

export default defineTemplate({
  name: 'job',
  title: 'Job',
  description:
    'Work that runs to its end once: a migration, an import. Tried again when it fails, ended when it hangs.',
  kinds: ['Job'],
  tags: ['batch', 'migration', 'run once', 'task'],
  parameters: Type.Object({
    ...jobParameters('job'),
    completions: Count(1, 1, 10_000, 'Pods that have to succeed.'),
    parallelism: Count(1, 1, 1000, 'Pods that may run at once.'),
  }),
  objects: (values) => [
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata(values, 'job'),
      spec: jobSpec(values, { completions: values.completions, parallelism: values.parallelism }),
    },
  ],
})
