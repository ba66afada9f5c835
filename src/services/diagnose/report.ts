import Type, { type Static } from 'typebox'
import { Closed } from '../../schema.ts'
import { Finding } from './finding.ts'

/** What a diagnosis says. */
export const Diagnosis = Closed({
  context: Type.String({ description: 'Context that answered.' }),
  scope: Type.String({ description: 'What was looked at.' }),
  takenAt: Type.String({ description: 'When, RFC 3339.' }),
  findings: Type.Array(Finding, { description: 'What is wrong, worst first.' }),
  more: Type.Optional(Type.Integer({ description: 'How many findings were left out: less urgent ones.' })),
  healthy: Type.String({ description: 'What was looked at and found in order.' }),
  gaps: Type.Array(
    Closed({
      what: Type.String({ description: 'What was not looked at.' }),
      why: Type.String({ description: 'Why.' }),
    }),
    { description: 'What was not looked at: nothing is said about it.' },
  ),
})
export type Diagnosis = Static<typeof Diagnosis>
