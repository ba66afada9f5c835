import Type from 'typebox'
import { Info } from '../../services/server.ts'
import { defineRead } from '../define.ts'
import { table } from '../text.ts'

export const getInfo = defineRead({
  name: 'infra.k8s.getInfo',
  title: 'About this server',
  description: 'What this server is, its cluster (or why none), and everything it answers.',
  input: Type.Object({}),
  output: Info,
  public: true,
  handle: (_input, { server }) => server.info(),
  text: ({ name, version, description, cluster, endpoints }) => {
    const { state, ...facts } = cluster
    const said = Object.entries(facts).map(([key, value]) => `${key}: ${value}`)
    const rows = endpoints.filter((each) => each.tool !== undefined).map((each) => [each.tool, each.title])
    return [
      `${name} ${version}: ${description}`,
      `cluster: ${state}`,
      ...said,
      table(['tool', 'what it does'], rows),
    ].join('\n')
  },
})
