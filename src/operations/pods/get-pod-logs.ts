import Type from 'typebox'
import { LogsAnswer, logsText, plainLogs } from '../../services/logs.ts'
import { UNLISTED } from '../../schema.ts'
import { defineRead } from '../define.ts'
import { Container, ContextName, LabelSelector, Name, Namespace } from '../schemas.ts'

export const getPodLogs = defineRead({
  name: 'infra.k8s.pods.getPodLogs',
  title: 'Read pod logs',
  description:
    'Newest log lines of one pod (name) or of all pods of a labelSelector, merged by time. cursor gets the lines after an answer.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Type.Optional(Namespace),
    name: Type.Optional(Name),
    labelSelector: Type.Optional(LabelSelector),
    container: Type.Optional(Container),
    allContainers: Type.Optional(
      Type.Boolean({ default: false, description: 'All of each pod, init and ephemeral ones too.', ...UNLISTED }),
    ),
    previous: Type.Optional(Type.Boolean({ default: false, description: 'Before the last restart: why it crashed.' })),
    tail: Type.Optional(
      Type.Integer({
        minimum: -1,
        maximum: 5000,
        default: 100,
        description: 'Lines of each container; -1: all.',
      }),
    ),
    since: Type.Optional(
      Type.String({ pattern: '^([0-9]{1,5}[smhd]){1,4}$', description: 'Of the last e.g. 10m, 2h.' }),
    ),
    sinceTime: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$',
        description: 'Only lines from this RFC 3339 time on.',
        ...UNLISTED,
      }),
    ),
    timestamps: Type.Optional(
      Type.Boolean({ default: false, description: 'When each line was written.', ...UNLISTED }),
    ),
    contains: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        minItems: 1,
        maxItems: 16,
        description: 'Only lines with any of these words.',
      }),
    ),
    maxBytes: Type.Optional(
      Type.Integer({
        minimum: 1024,
        maximum: 1_048_576,
        default: 65_536,
        description: 'Most bytes of lines.',
        ...UNLISTED,
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8192,
        pattern: '^[A-Za-z0-9_-]+$',
        description: 'From the answer before.',
      }),
    ),
    follow: Type.Optional(Type.Boolean({ default: false, description: 'Wait 10 s for new lines.' })),
    followSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 50,
        default: 10,
        description: 'How long a tool call waits for new lines.',
        ...UNLISTED,
      }),
    ),
  }),
  output: LogsAnswer,
  untrusted: true,
  handle: (input, { logs }) => logs.read(input),
  text: logsText,
  plain: { type: 'text/plain; charset=utf-8', render: plainLogs },
  stream: { when: ({ follow }) => follow === true, open: (input, { logs }) => logs.follow(input) },
})
