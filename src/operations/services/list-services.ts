import Type from 'typebox'
import { ListOf } from '../../schema.ts'
import { ServiceRow } from '../../services/kube-services.ts'
import { defineRead } from '../define.ts'
import { listInput } from '../schemas.ts'
import { listText } from '../text.ts'

export const listServices = defineRead({
  name: 'infra.k8s.services.listServices',
  title: 'List services',
  description: 'Services as kubectl get -o wide, with ready and not-ready endpoints.',
  input: Type.Object(listInput),
  output: ListOf(ServiceRow),
  handle: (input, { services }) => services.list(input),
  text: (answer) =>
    listText('services', answer, [
      'namespace',
      'name',
      'type',
      'clusterIp',
      'externalIp',
      'ports',
      'readyEndpoints',
      'notReadyEndpoints',
      'age',
      'selector',
    ]),
})
