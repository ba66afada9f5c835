import Type from 'typebox'
import { type ContainerState, PodDetail } from '../../services/pods.ts'
import { defineRead } from '../define.ts'
import { Format, namespacedInput } from '../schemas.ts'
import { bounded } from '../text.ts'

export const getPod = defineRead({
  name: 'infra.k8s.pods.getPod',
  title: 'Get a pod',
  description: 'One pod: unmet conditions, state of every container. describeResource says more.',
  input: Type.Object({
    ...namespacedInput,
    format: Type.Optional(Format),
  }),
  output: PodDetail,
  handle: (input, { pods }) => pods.get(input),
  text: ({
    context,
    namespace,
    name,
    ready,
    status,
    restarts,
    age,
    node,
    ip,
    conditions,
    containers,
    ownedBy,
    object,
  }) =>
    bounded(
      [
        `pod ${namespace}/${name} (context ${context}): ${status}, ${ready} ready, ${restarts} restarts, age ${age}, node ${node}, ip ${ip}`,
        ...(ownedBy.length === 0 ? [] : [`owned by ${ownedBy.join(', ')}`]),
        ...conditions,
        ...containers.map(containerText),
        ...(object === undefined ? [] : [JSON.stringify(object)]),
      ].join('\n'),
    ),
})

function containerText({
  role,
  name,
  image,
  state,
  reason,
  message,
  exitCode,
  restarts,
  lastState,
}: ContainerState): string {
  const details = [
    reason,
    exitCode === undefined ? undefined : `exit code ${exitCode}`,
    message,
    restarts === 0 ? undefined : `${restarts} restarts`,
  ]
  const said = details.filter((each) => each !== undefined).join(', ')
  return `${role} ${name} (${image}): ${state === '' ? 'not started' : state}${said === '' ? '' : ` (${said})`}${lastState === undefined ? '' : `; before: ${lastState}`}`
}
