import type { KubeObject } from '../../../kubernetes/types.ts'
import { Count, Flag } from '../schemas.ts'
import { why } from '../why.ts'
import { type Identity, metadata, present, selector } from './meta.ts'
import {
  container,
  httpParameters,
  httpPort,
  httpProbes,
  podParameters,
  type PodValues,
  podSpec,
  podTemplate,
  WEB_IMAGE,
} from './pod.ts'

/** Parameters of a Deployment that answers HTTP. */
export const webParameters = {
  ...podParameters('web', WEB_IMAGE),
  ...httpParameters,
  replicas: Count(2, 0, 1000, 'Pods that run at once.'),
  autoscaled: Flag('Leaves the number of Pods to an autoscaler: replicas is then not written.'),
}

/** Values of such a Deployment. */
export type WebValues = PodValues & { port: number; healthPath: string; replicas: number; autoscaled: boolean }

/** A Deployment that answers HTTP. `more`: further fields of its Pods. */
export function webDeployment(values: WebValues, more: object = {}): KubeObject {
  const serving = container(values, {
    name: 'app',
    ports: httpPort(values.port),
    probes: httpProbes(values.healthPath),
    lifecycle: {
      preStop: why({ sleep: { seconds: 5 } }, { sleep: 'Load balancers need a moment to learn that it ends.' }),
    },
  })
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(values, 'server'),
    spec: why(
      {
        ...present({ replicas: values.autoscaled ? undefined : values.replicas }),
        revisionHistoryLimit: 5,
        selector: { matchLabels: selector(values) },
        strategy: why(
          { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          { rollingUpdate: 'A new Pod is ready before an old one goes.' },
        ),
        template: podTemplate(values, 'server', podSpec(values, { containers: [serving], more })),
      },
      { selector: 'Can never be changed: only labels that stay.' },
    ),
  }
}

/** A Service in front of the Pods of an application, on port 80. */
export const webService = (values: Identity): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(values, 'server'),
  spec: {
    selector: selector(values),
    ports: [
      why(
        { name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' },
        { targetPort: 'By name: the container may change its port.' },
      ),
    ],
  },
})
