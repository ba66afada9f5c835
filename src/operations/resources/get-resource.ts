import Type from 'typebox'
import { ObjectAnswer } from '../../services/resources.ts'
import { defineRead } from '../define.ts'
import { objectInput } from '../schemas.ts'
import { bounded } from '../text.ts'

export const getResource = defineRead({
  name: 'infra.k8s.resources.getResource',
  title: 'Get an object of any kind',
  description: 'One object of any kind as JSON, secret values masked.',
  input: Type.Object({
    ...objectInput,
    fields: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'Only these: spec.replicas,status.conditions[*].type',
      }),
    ),
  }),
  output: ObjectAnswer,
  handle: (input, { resources }) => resources.get(input),
  text: ({ object, fields }) => bounded(JSON.stringify(object ?? fields)),
})
