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

// Types of alpha and beta versions that are declared nowhere, or only in another version that says something else; none: no values are
// announced.
const ENUMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  V1alpha1ParamRef: { parameterNotFoundAction: ['Allow', 'Deny'] },
  V1alpha2PodGroupSpec: { disruptionMode: ['Pod', 'PodGroup'] },
  V1alpha2PodGroupTemplate: { disruptionMode: ['Pod', 'PodGroup'] },
  V1alpha3DeviceTaint: { effect: ['NoExecute', 'NoSchedule', 'None'] },
  V1beta1DeviceRequest: { allocationMode: ['All', 'ExactCount'] },
  V1beta1DeviceTaint: { effect: ['NoExecute', 'NoSchedule', 'None'] },
  V1beta1MatchResources: { matchPolicy: [] },
  V1beta1MutatingAdmissionPolicySpec: { failurePolicy: [] },
  V1beta2DeviceTaint: { effect: ['NoExecute', 'NoSchedule', 'None'] },
}

/** The values that a field takes where the declarations do not say it or say something else. */
export const announcedEnum = (model: string, field: string): readonly string[] | undefined => ENUMS[model]?.[field]

const OBJECTS: ReadonlySet<string> = new Set([
  'V1alpha1PodGroupPolicy.basic',
  'V1alpha1StorageVersion.spec',
  'V1alpha2PodGroupSchedulingPolicy.basic',
])

/** Whether a field that the client calls `any` is an object without fields of its own. */
export const isOpenObject = (model: string, field: string): boolean => OBJECTS.has(`${model}.${field}`)
