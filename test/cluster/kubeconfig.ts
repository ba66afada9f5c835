import { stringify } from 'yaml'
import type { Certificate } from './certificates.ts'
import type { UserName } from './layout.ts'

/** What a kubeconfig of the test cluster is made of. */
export interface KubeconfigFacts {
  readonly server: string
  /** PEM of the authority the API server's certificate is checked against. */
  readonly ca: string
  readonly users: Readonly<Record<UserName, Certificate>>
  /** Base URLs of the two clusters that cannot be reached: one refuses connections, one accepts them and says nothing. */
  readonly unreachable: string
  readonly blackhole: string
}

/** Contexts of the test cluster's kubeconfig: a user's on the cluster, or an admin's on a cluster that is not there. */
export const contextNames = ['admin', 'viewer', 'nobody', 'unreachable', 'blackhole'] as const

/** Name of a context in the test cluster's kubeconfig. */
export type ContextName = (typeof contextNames)[number]

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const namedUser = ([name, { certificate, key }]: [string, Certificate]): object => ({
  name,
  user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) },
})

const namedCluster = (name: string, server: string, ca: string): object => ({
  name,
  cluster: { server, 'certificate-authority-data': base64(ca) },
})

const namedContext = (name: string, cluster: string, user: string): object => ({ name, context: { cluster, user } })

/** A kubeconfig (YAML) with all contexts; the current one is `admin`. */
export function kubeconfigText(facts: KubeconfigFacts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      namedCluster('test', facts.server, facts.ca),
      namedCluster('unreachable', facts.unreachable, facts.ca),
      namedCluster('blackhole', facts.blackhole, facts.ca),
    ],
    users: Object.entries(facts.users).map(namedUser),
    contexts: [
      ...Object.keys(facts.users).map((user) => namedContext(user, 'test', user)),
      namedContext('unreachable', 'unreachable', 'admin'),
      namedContext('blackhole', 'blackhole', 'admin'),
    ],
    'current-context': 'admin',
  })
}

/**
 * The kubeconfig of the cluster's own controllers. It does not check the API server's certificate, so that they live on
 * when a test gives the API server another one.
 */
export function internalKubeconfigText(facts: KubeconfigFacts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: facts.server, 'insecure-skip-tls-verify': true } }],
    users: [namedUser(['admin', facts.users.admin])],
    contexts: [namedContext('admin', 'test', 'admin')],
    'current-context': 'admin',
  })
}
