import { join } from 'node:path'
import { moduleRoot } from './binaries.ts'
import { pki, type Layout } from './layout.ts'

const loopback = (port: number): string => `127.0.0.1:${port}`
const flags = (options: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(options).map(([name, value]) => `--${name}=${value}`)

/** Path of the kubeconfig that the controllers use. */
export const internalKubeconfig = (layout: Layout): string => join(layout.dir, 'internal.kubeconfig')

/** Path of the audit log: one JSON line per write, exec, attach and port-forward. */
export const auditLog = (dir: string): string => join(dir, 'logs', 'audit.log')

/** Folder of container log files, laid out as `<namespace>/<pod>/<container>/current.log` and `previous.log`. */
export const podLogFolder = (dir: string): string => join(dir, 'podlogs')

/** Command line of etcd. Its data is thrown away in the end, so nothing waits for the disk. */
export function etcdArgs({ dir, ports }: Layout): string[] {
  const client = `http://${loopback(ports.etcd)}`
  const peer = `http://${loopback(ports.etcdPeer)}`
  return [
    ...flags({
      name: 'n1',
      'data-dir': join(dir, 'etcd'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `n1=${peer}`,
      'log-level': 'warn',
    }),
    '--unsafe-no-fsync',
  ]
}

/** Command line of the API server. */
export function apiServerArgs(layout: Layout): string[] {
  return flags({
    'etcd-servers': `http://${loopback(layout.ports.etcd)}`,
    'bind-address': '127.0.0.1',
    'secure-port': layout.ports.apiServer,
    // A loopback address may not be advertised; this one (TEST-NET-1) only appears in the endpoints of `kubernetes`.
    'advertise-address': '192.0.2.1',
    'service-cluster-ip-range': '10.96.0.0/16',
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': 'true',
    'client-ca-file': pki(layout, 'ca.crt'),
    'tls-cert-file': pki(layout, 'apiserver.crt'),
    'tls-private-key-file': pki(layout, 'apiserver.key'),
    'cert-dir': join(layout.dir, 'apiserver'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': pki(layout, 'sa.pub'),
    'service-account-signing-key-file': pki(layout, 'sa.key'),
    'kubelet-client-certificate': pki(layout, 'kubelet-client.crt'),
    'kubelet-client-key': pki(layout, 'kubelet-client.key'),
    'kubelet-certificate-authority': pki(layout, 'ca.crt'),
    'kubelet-preferred-address-types': 'InternalIP',
    'audit-policy-file': join(moduleRoot, 'audit.yaml'),
    'audit-log-path': auditLog(layout.dir),
    'event-ttl': '24h',
    v: 1,
  })
}

/** What the API server is told to offer everything it has, alpha and beta too. */
export const everyApiArgs: readonly string[] = flags({
  'runtime-config': 'api/all=true',
  'feature-gates': 'AllAlpha=true,AllBeta=true',
})

function controllerFlags(layout: Layout, port: number): string[] {
  const kubeconfig = internalKubeconfig(layout)
  return flags({
    'bind-address': '127.0.0.1',
    'secure-port': port,
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'kube-api-qps': 1000,
    'kube-api-burst': 2000,
    'leader-elect': 'false',
    v: 1,
  })
}

/** Command line of the controller manager. */
export function controllerManagerArgs(layout: Layout): string[] {
  return [
    ...controllerFlags(layout, layout.ports.controllerManager),
    ...flags({
      'cert-dir': join(layout.dir, 'controller-manager'),
      'root-ca-file': pki(layout, 'ca.crt'),
      'cluster-signing-cert-file': pki(layout, 'ca.crt'),
      'cluster-signing-key-file': pki(layout, 'ca.key'),
      'service-account-private-key-file': pki(layout, 'sa.key'),
      // The node whose kubelet is the test itself sends no heartbeats.
      'node-monitor-grace-period': '24h',
    }),
  ]
}

/** Command line of the scheduler. */
export const schedulerArgs = (layout: Layout): string[] => [
  ...controllerFlags(layout, layout.ports.scheduler),
  ...flags({ 'cert-dir': join(layout.dir, 'scheduler') }),
]

/** Command line of our stand-in for the kubelet's API, one for all nodes. Its flags are Go's, with one dash. */
export const nodeApiArgs = (layout: Layout): string[] => [
  `-listen=${loopback(layout.ports.node)}`,
  `-cert=${pki(layout, 'node.crt')}`,
  `-key=${pki(layout, 'node.key')}`,
  `-client-ca=${pki(layout, 'ca.crt')}`,
  `-logs=${podLogFolder(layout.dir)}`,
]

/** Command line of kwok, which plays the kubelet of the nodes that carry its annotation. */
export const kwokArgs = (layout: Layout): string[] =>
  flags({
    kubeconfig: internalKubeconfig(layout),
    config: join(layout.dir, 'kwok.yaml'),
    'manage-all-nodes': 'false',
    'manage-nodes-with-annotation-selector': 'kwok.x-k8s.io/node=fake',
    'node-ip': '127.0.0.1',
    'node-port': layout.ports.node,
    'tls-cert-file': pki(layout, 'node.crt'),
    'tls-private-key-file': pki(layout, 'node.key'),
    'server-address': loopback(layout.ports.kwok),
    cidr: '10.0.0.0/16',
    v: 1,
  })
