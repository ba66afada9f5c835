import Type from 'typebox'
import { Closed } from '../../schema.ts'
import type { PinnedChart } from '../../services/helm/charts.ts'
import { defineDecision } from '../define.ts'

const UploadedChart = Closed({
  chart: Type.String({
    description: 'What installChart and upgradeChart take as chart: sha256: and the digest of its bytes.',
  }),
  name: Type.String({ description: 'Name of the chart.' }),
  version: Type.String({ description: 'Version of the chart.' }),
  appVersion: Type.Optional(Type.String({ description: 'Version of what it installs.' })),
  files: Type.Integer({ description: 'Files in it, subcharts included.' }),
})

export const uploadChart = defineDecision({
  name: 'infra.k8s.helm.uploadChart',
  title: 'Upload a chart',
  description:
    'Keeps the .tgz of a Helm chart, so that it can be installed: nothing in a cluster changes. The body is the archive itself, application/gzip, at most 20 MiB and 2,000 files. It is kept for 9 days after its last use.',
  doors: ['rest'],
  by: 'requester',
  input: Type.Object({
    archive: Type.String({ description: 'The archive, as base64 where it is not the body.' }),
  }),
  gzipBody: 'archive',
  unlogged: ['archive'],
  output: UploadedChart,
  handle: async ({ archive }, { charts }) => answered(await charts.store(Buffer.from(archive, 'base64'))),
  text: ({ chart, name, version }) => `${name} ${version} is kept as ${chart}`,
})

const answered = ({ sha256, name, version, appVersion, files }: PinnedChart) => ({
  chart: `sha256:${sha256}`,
  name,
  version,
  ...(appVersion === undefined ? {} : { appVersion }),
  files,
})
