import Type from 'typebox'
import { defineTemplate } from '../src/services/templates/define.ts'
import { jobParameters, jobSpec } from '../src/services/templates/parts/job.ts'
import { labels, metadata } from '../src/services/templates/parts/meta.ts'
import { Choice, Count, Fitting, Flag } from '../src/services/templates/schemas.ts'
import { isTimeZone, SCHEDULE } from '../src/services/templates/parts/schedule.ts'
import { why } from '../src/services/templates/why.ts'

export default defineTemplate({
  name: 'cronjob',
  title: 'CronJob',
  description: 'Work that runs to its end at set times: backups, reports, cleaning up.',
  kinds: ['CronJob'],
  tags: ['batch', 'schedule', 'cron', 'backup', 'periodic'],
  parameters: Type.Object({
    ...jobParameters('nightly'),
    schedule: Fitting(
      SCHEDULE,
      'five fields (minute, hour, day, month, weekday) such as 30 2 * * 1-5, or @hourly, @daily, @weekly, @monthly',
      'When it runs.',
      { default: '30 2 * * *' },
    ),
    timeZone: Fitting(
      '[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){0,2}',
      'the name of a time zone such as Etc/UTC or Europe/Berlin',
      'Time zone of the schedule.',
      { default: 'Etc/UTC' },
    ),
    concurrency: Choice(['Forbid', 'Replace', 'Allow'], 'Forbid', 'What happens while the run before still goes on.'),
    suspended: Flag('Waits until somebody lets it run.'),
    keepFailed: Count(3, 0, 100, 'Failed runs that are kept.'),
    keepSucceeded: Count(3, 0, 100, 'Successful runs that are kept.'),
  }),
  check: ({ timeZone }) =>
    isTimeZone(timeZone) ? undefined : 'timeZone must be the name of a time zone such as Etc/UTC or Europe/Berlin',
  objects: (values) => [
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata(values, 'job'),
      spec: why(
        {
          schedule: values.schedule,
          timeZone: values.timeZone,
          concurrencyPolicy: values.concurrency,
          suspend: values.suspended,
          startingDeadlineSeconds: 300,
          successfulJobsHistoryLimit: values.keepSucceeded,
          failedJobsHistoryLimit: values.keepFailed,
          jobTemplate: { metadata: { labels: labels(values, 'job') }, spec: jobSpec(values) },
        },
        {
          timeZone: "Said, since otherwise it is the control plane's.",
          startingDeadlineSeconds: 'A run missed by more than this is left out; without it 100 missed ones stop all.',
        },
      ),
    },
  ],
})
