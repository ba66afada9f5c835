import { Count } from '../schemas.ts'
import { why } from '../why.ts'
import { container, podParameters, type PodValues, podSpec, podTemplate, SHELL_IMAGE } from './pod.ts'

/** Parameters of what runs to its end. */
export const jobParameters = (name: string) => ({
  ...podParameters(name, SHELL_IMAGE, ['sh', '-c', 'echo done']),
  retries: Count(3, 0, 100, 'How often a failed Pod is tried again.'),
  deadlineMinutes: Count(60, 1, 43_200, 'Minutes after which it is ended, done or not.'),
  keepMinutes: Count(1440, 0, 43_200, 'Minutes that it and its logs stay after its end.'),
})

/** Values of such a Job. */
export type JobValues = PodValues & { retries: number; deadlineMinutes: number; keepMinutes: number }

/** The spec of a Job. `more`: fields that only some have. */
export function jobSpec(values: JobValues, more: object = {}): object {
  const work = container(values, { name: 'job' })
  return why(
    {
      ...more,
      backoffLimit: values.retries,
      activeDeadlineSeconds: values.deadlineMinutes * 60,
      ttlSecondsAfterFinished: values.keepMinutes * 60,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
      template: podTemplate(values, 'job', podSpec(values, { containers: [work], restartPolicy: 'Never' })),
    },
    {
      activeDeadlineSeconds: 'What hangs ends here: a Job has an end instead of probes.',
      ttlSecondsAfterFinished: 'Finished Jobs are cleaned away, not kept for ever.',
      podFailurePolicy: 'A drained node is not a failure of the work: it counts against no retry.',
    },
  )
}
