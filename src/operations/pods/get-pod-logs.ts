import Type from 'typebox'
import { LogsAnswer, logsText, plainLogs } from '../../services/logs.ts'
import { defineRead } from '../define.ts'
import { Container, ContextName, LabelSelector, Name, Namespace } from '../schemas.ts'

export const getPodLogs = defineRead({
  name: 'infra.k8s.pods.getPodLogs',
  title: 'Read pod logs',
  description:
    'Logs of one pod (name) or of all pods of a labelSelector, merged by time; secrets are masked. The newest lines by default; ' +
    'every answer has a cursor that gets the lines after it. follow=true waits followSeconds for new lines.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Type.Optional(Namespace),
    name: Type.Optional(Name),
    labelSelector: Type.Optional(LabelSelector),
    container: Type.Optional(Container),
    allContainers: Type.Optional(
      Type.Boolean({ default: false, description: 'All containers of each pod, init and ephemeral ones too.' }),
    ),
    previous: Type.Optional(
      Type.Boolean({ default: false, description: 'The run before the last restart: why it crashed.' }),
    ),
    tail: Type.Optional(
      Type.Integer({
        minimum: -1,
        maximum: 5000,
        default: 100,
        description: 'Newest lines of each container; -1: all that fit.',
      }),
    ),
    since: Type.Optional(
      Type.String({ pattern: '^([0-9]{1,5}[smhd]){1,4}$', description: 'Only lines of the last e.g. 10m, 2h, 1d.' }),
    ),
    sinceTime: Type.Optional(
      Type.String({
        pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$',
        description: 'Only lines from this RFC 3339 time on.',
      }),
    ),
    timestamps: Type.Optional(Type.Boolean({ default: false, description: 'When each line was written.' })),
    contains: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        minItems: 1,
        maxItems: 16,
        description: 'Only lines with any of these words, case ignored; tail then counts those.',
      }),
    ),
    maxBytes: Type.Optional(
      Type.Integer({ minimum: 1024, maximum: 1_048_576, default: 65_536, description: 'Most bytes of lines.' }),
    ),
    cursor: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8192,
        pattern: '^[A-Za-z0-9_-]+$',
        description: 'Cursor of the answer before: only lines after it; tail and since do not count.',
      }),
    ),
    follow: Type.Optional(Type.Boolean({ default: false, description: 'New lines too. REST: a stream without end.' })),
    followSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 50, default: 10, description: 'How long a tool call waits for new lines.' }),
    ),
  }),
  output: LogsAnswer,
  untrusted: true,
  handle: (input, { logs }) => logs.read(input),
  text: logsText,
  plain: { type: 'text/plain; charset=utf-8', render: plainLogs },
  stream: { when: ({ follow }) => follow === true, open: (input, { logs }) => logs.follow(input) },
})
