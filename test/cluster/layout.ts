import { join } from 'node:path'
import { newSigningKey, issue, newAuthority, type Authority, type Certificate } from './certificates.ts'
import { freePorts } from './ports.ts'

/** The users of the test cluster: all rights, ClusterRole `view`, none. */
export const userNames = ['admin', 'viewer', 'nobody'] as const

/** One of the test cluster's users. */
export type UserName = (typeof userNames)[number]

/** TCP ports of one cluster, all on 127.0.0.1. On `unused` nothing ever listens. */
export interface Ports {
  readonly apiServer: number
  readonly etcd: number
  readonly etcdPeer: number
  readonly controllerManager: number
  readonly scheduler: number
  readonly kwok: number
  readonly node: number
  readonly blackhole: number
  readonly unused: number
}

/** Everything of a cluster that is known before its first process starts. */
export interface Layout {
  readonly dir: string
  readonly ports: Ports
  readonly server: string
  readonly authority: Authority
  readonly users: Readonly<Record<UserName, Certificate>>
}

async function choosePorts(): Promise<Ports> {
  const [apiServer = 0, etcd = 0, etcdPeer = 0, controllerManager = 0, scheduler = 0, kwok = 0, ...rest] =
    await freePorts(9)
  const [node = 0, blackhole = 0, unused = 0] = rest
  return { apiServer, etcd, etcdPeer, controllerManager, scheduler, kwok, node, blackhole, unused }
}

function issueUsers(authority: Authority): Readonly<Record<UserName, Certificate>> {
  const user = (commonName: UserName): Certificate => issue(authority, { commonName, usage: 'client' })
  const admin = issue(authority, { commonName: 'admin', organization: 'system:masters', usage: 'client' })
  return { admin, viewer: user('viewer'), nobody: user('nobody') }
}

/** Ports and certificates of a new cluster with its files in `dir`. */
export async function newLayout(dir: string): Promise<Layout> {
  const ports = await choosePorts()
  const authority = newAuthority('kubernetes-ca')
  return { dir, ports, server: `https://127.0.0.1:${ports.apiServer}`, authority, users: issueUsers(authority) }
}

/** Path of a file of the cluster's public key infrastructure. */
export const pki = (layout: Layout, file: string): string => join(layout.dir, 'pki', file)

/** Names that the API server's certificate is valid for. */
const apiServerNames = ['localhost', 'kubernetes.default.svc', '127.0.0.1', '10.96.0.1']

/** A serving certificate for the API server. */
export const issueApiServer = (authority: Authority): Certificate =>
  issue(authority, { commonName: 'kube-apiserver', usage: 'server', names: apiServerNames })

function pair(name: string, { certificate, key }: Certificate): Record<string, string> {
  return { [`${name}.crt`]: certificate, [`${name}.key`]: key }
}

/** File names below `pki/` and what is in them, as the command lines of control-plane.ts expect them. */
export function pkiFiles({ authority }: Layout): Readonly<Record<string, string>> {
  const tokens = newSigningKey()
  const kubelet = { commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' }
  return {
    ...pair('ca', authority),
    ...pair('apiserver', issueApiServer(authority)),
    ...pair('kubelet-client', issue(authority, { ...kubelet, usage: 'client' })),
    ...pair('node', issue(authority, { commonName: 'node', usage: 'server', names: ['node', '127.0.0.1'] })),
    'sa.key': tokens.privateKey,
    'sa.pub': tokens.publicKey,
  }
}
