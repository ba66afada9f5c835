import Type from 'typebox'
import type { KubeObject } from '../../../kubernetes/types.ts'
import { HostName, ObjectName, PathPrefix } from '../schemas.ts'
import { why } from '../why.ts'
import { type Identity, metadata, present } from './meta.ts'

/** Parameters of an Ingress. */
export const ingressParameters = {
  host: HostName('Host name that it answers.', 'www.example.com'),
  path: PathPrefix('/', 'Path below which it answers.'),
  tlsSecret: ObjectName('Secret with the certificate, of type kubernetes.io/tls.', { default: 'web-tls' }),
  ingressClass: Type.Optional(ObjectName("Ingress class. Left out: the cluster's default one.")),
  issuer: Type.Optional(ObjectName('ClusterIssuer of cert-manager that makes the certificate.')),
}

interface Values extends Identity {
  host: string
  path: string
  tlsSecret: string
  ingressClass?: string
  issuer?: string
}

/** An Ingress with TLS for a Service. */
export function ingress(values: Values, service: object): KubeObject {
  const { host, path, tlsSecret, ingressClass, issuer } = values
  const annotations = issuer === undefined ? undefined : { 'cert-manager.io/cluster-issuer': issuer }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata(values, 'server'), ...present({ annotations }) },
    spec: why(
      {
        ...present({ ingressClassName: ingressClass }),
        tls: [{ hosts: [host], secretName: tlsSecret }],
        rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend: { service } }] } }],
      },
      { tls: 'The Secret is in this namespace; without it most controllers answer with a certificate of their own.' },
    ),
  }
}
