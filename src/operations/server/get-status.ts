import Type from 'typebox'
import { Status } from '../../services/server.ts'
import { defineRead } from '../define.ts'
import { table } from '../text.ts'

export const getStatus = defineRead({
  name: 'infra.k8s.getStatus',
  title: 'Status',
  description: 'This server, and every context: reachability, latency, identity.',
  input: Type.Object({}),
  output: Status,
  handle: (_input, { server }) => server.status(),
  text: ({ version, uptimeSeconds, readOnly, source, problem, store, openApprovals, policyProblem, contexts }) =>
    [
      `k8s-mcp ${version}, up ${uptimeSeconds} s${readOnly ? ', read-only' : ''}; contexts from: ${source}`,
      ...(problem === undefined ? [] : [problem]),
      `store: ${store}${openApprovals === undefined ? '' : `; open approvals: ${openApprovals}`}`,
      ...(policyProblem === undefined ? [] : [policyProblem]),
      table(
        ['context', 'current', 'state', 'latency', 'version', 'user', 'problem'],
        contexts.map((each) => [
          each.name,
          each.current ? 'yes' : '',
          each.state,
          each.latencyMs,
          each.version,
          each.user,
          each.problem,
        ]),
      ),
    ].join('\n'),
})
