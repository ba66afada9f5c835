import Type from 'typebox'
import { type Metrics as Data, Metrics } from '../../services/telemetry.ts'
import { defineRead } from '../define.ts'
import { bounded } from '../text.ts'

export const getMetrics = defineRead({
  name: 'infra.k8s.getMetrics',
  title: 'Metrics',
  description: 'Counts and latencies of calls and Kubernetes requests, memory. REST: Prometheus text, or JSON.',
  input: Type.Object({}),
  output: Metrics,
  handle: (_input, { telemetry }) => telemetry.data(),
  text: (data) =>
    bounded(
      samples(data)
        .filter((line) => !line.startsWith('#') && !line.includes('_bucket{'))
        .join('\n'),
    ),
  plain: { type: 'text/plain; version=0.0.4; charset=utf-8', render: (data) => `${samples(data).join('\n')}\n` },
})

/** The Prometheus text exposition format, version 0.0.4. */
function samples({ metrics }: Data): string[] {
  return metrics.flatMap(({ name, type, help, values }) => [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${type}`,
    ...values.map((each) => `${each.name ?? name}${labelText(each.labels)} ${each.value}`),
  ])
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escape = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
