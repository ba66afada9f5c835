import Type from 'typebox'
import { UNLISTED } from '../../schema.ts'
import { Diagnosis } from '../../services/diagnose/report.ts'
import { diagnosisText } from '../../services/diagnose/text.ts'
import { defineRead } from '../define.ts'
import { AllNamespaces, ContextName, Kind, Name, Namespace } from '../schemas.ts'

export const diagnose = defineRead({
  name: 'infra.k8s.diagnose.diagnose',
  title: 'Diagnose',
  description: 'What is wrong and why. Ask this first.',
  input: Type.Object({
    namespace: Type.Optional(Namespace),
    allNamespaces: Type.Optional(AllNamespaces),
    kind: Type.Optional(Type.String({ ...Kind, description: 'Kind, or release.' })),
    name: Type.Optional(Name),
    context: Type.Optional(Type.String({ ...ContextName, ...UNLISTED })),
  }),
  output: Diagnosis,
  handle: (input, { diagnoses }) => diagnoses.diagnose(input),
  text: diagnosisText,
})
