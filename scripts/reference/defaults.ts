import { kindName } from './client-apis.ts'

// The few defaults that Kubernetes announces in its OpenAPI; no package has them. What the API server fills in without announcing it
// stands in the descriptions. Type names are without version.
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  AzureDiskVolumeSource: { cachingMode: 'ReadWrite', fsType: 'ext4', kind: 'Shared' },
  ContainerPort: { protocol: 'TCP' },
  DeviceToleration: { operator: 'Equal' },
  ISCSIPersistentVolumeSource: { iscsiInterface: 'default' },
  ISCSIVolumeSource: { iscsiInterface: 'default' },
  PodCertificateRequestSpec: { maxExpirationSeconds: 86_400 },
  PodGroupSpec: { disruptionMode: 'Pod' },
  RBDPersistentVolumeSource: { keyring: '/etc/ceph/keyring', pool: 'rbd', user: 'admin' },
  RBDVolumeSource: { keyring: '/etc/ceph/keyring', pool: 'rbd', user: 'admin' },
  ReplicationControllerSpec: { replicas: 1 },
  ResourcePoolStatusRequestSpec: { limit: 100 },
  ScaleIOPersistentVolumeSource: { fsType: 'xfs', storageMode: 'ThinProvisioned' },
  ScaleIOVolumeSource: { fsType: 'xfs', storageMode: 'ThinProvisioned' },
  ServicePort: { protocol: 'TCP' },
}

/** What a field has where nothing is said, where that is announced. */
export const defaultOf = (model: string, field: string): string | number | undefined =>
  DEFAULTS[kindName(model)]?.[field]
