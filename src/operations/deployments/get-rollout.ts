import Type from 'typebox'
import { Rollout } from '../../services/deployments.ts'
import { defineRead } from '../define.ts'
import { namespacedInput } from '../schemas.ts'
import { bounded, table } from '../text.ts'

export const getRollout = defineRead({
  name: 'infra.k8s.deployments.getRollout',
  title: 'Rollout status and history',
  description: 'How the rollout of a deployment stands, and its revisions with images and change causes.',
  input: Type.Object(namespacedInput),
  output: Rollout,
  handle: (input, { deployments }) => deployments.rollout(input.namespace, input.name),
  text: ({ namespace, name, context, state, message, replicas, updated, ready, available, revisions }) =>
    bounded(
      [
        `deployment ${namespace}/${name} (context ${context}): ${state}. ${message}`,
        `wanted ${replicas}, updated ${updated}, ready ${ready}, available ${available}`,
        table(
          ['revision', 'current', 'replicaSet', 'pods', 'ready', 'images', 'cause', 'created'],
          revisions.map((each) => [
            each.revision,
            each.current ? 'yes' : '',
            each.replicaSet,
            each.replicas,
            each.ready,
            each.images.join(','),
            each.changeCause,
            each.created,
          ]),
        ),
      ].join('\n'),
    ),
})
