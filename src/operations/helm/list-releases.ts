import Type from 'typebox'
import { OneOf, UNLISTED } from '../../schema.ts'
import { ReleaseList } from '../../services/helm/schema.ts'
import { RELEASE_STATUSES } from '../../services/helm/status.ts'
import { defineRead } from '../define.ts'
import { AllNamespaces, ContextName, Namespace, rarePaging } from '../schemas.ts'
import { bounded, listText } from '../text.ts'

export const listReleases = defineRead({
  name: 'infra.k8s.helm.listReleases',
  title: 'List Helm releases',
  description: 'Helm releases: revision, status, chart; the way out of unfinished ones.',
  input: Type.Object({
    context: Type.Optional(ContextName),
    namespace: Type.Optional(Namespace),
    allNamespaces: Type.Optional(AllNamespaces),
    status: Type.Optional(OneOf(RELEASE_STATUSES, 'Only those of this status.', UNLISTED)),
    labelSelector: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: 'Of labels that the user gave.', ...UNLISTED }),
    ),
    ...rarePaging,
  }),
  output: ReleaseList,
  handle: (input, { releases }) => releases.list(input),
  text: (answer) => {
    const rows = listText('Helm releases', answer, [
      'namespace',
      'name',
      'revision',
      'status',
      'updated',
      'chart',
      'chartVersion',
      'appVersion',
    ])
    const remarks = answer.items.flatMap(({ namespace, name, advice, problem }) =>
      [problem === undefined ? undefined : `cannot be read: ${problem}.`, advice]
        .filter((remark) => remark !== undefined)
        .map((remark) => `\n${namespace}/${name}: ${remark}`),
    )
    return bounded(rows, remarks.slice(0, MOST_REMARKS).join(''))
  },
})

const MOST_REMARKS = 20
