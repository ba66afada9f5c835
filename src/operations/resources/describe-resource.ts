import Type from 'typebox'
import { describeText } from '../../services/describe/describe.ts'
import { DescribeAnswer } from '../../services/resources.ts'
import { UNLISTED } from '../../schema.ts'
import { defineRead } from '../define.ts'
import { objectInput } from '../schemas.ts'

export const describeResource = defineRead({
  name: 'infra.k8s.resources.describeResource',
  title: 'Describe an object of any kind',
  description: 'What is wrong with an object, then the object, owners, what it owns, conditions, events.',
  input: Type.Object({
    ...objectInput,
    maxBytes: Type.Optional(
      Type.Integer({ minimum: 1024, maximum: 262_144, default: 8192, description: 'Most bytes of text.', ...UNLISTED }),
    ),
  }),
  output: DescribeAnswer,
  handle: (input, { resources }) => resources.describe(input),
  text: ({ context, ...description }) => `${describeText(description)}\n(context ${context})`,
})
