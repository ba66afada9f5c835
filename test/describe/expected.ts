const PODS = 'trouble/Pod'
const REFUSED_PULL = 'dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host'
const UNREADY =
  'readiness probe of container app failed: Get "http://10.244.0.10:8080/healthz": dial tcp 10.244.0.10:8080: connect: connection refused'
const NO_ACCOUNT =
  '0 of 1 pods ready: FailedCreate (error looking up service account trouble/nosuch: serviceaccount "nosuch" not found)'
const OVER_QUOTA =
  '1 of 3 pods ready: FailedCreate (exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1)'
const NO_PULL = `0 of 2 pods ready: 2 ImagePullBackOff (image registry.invalid/shop/web:v10: ${REFUSED_PULL})`
const NOT_RESTRICTED = [
  '0 of 1 pods ready: FailedCreate (violates PodSecurity "restricted:latest": privileged (container "app" must not set securityContext.privileged=true)',
  'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
  'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"])',
  'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)',
  'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"))',
].join(', ')

/** What is wrong with each recorded object, as read from what the kubelet and the controllers wrote; null: nothing. */
export const EXPECTED: Readonly<Record<string, string | null>> = {
  [`${PODS}/backoff-limit-p6g7g`]: 'Failed: container app exited with code 1',
  [`${PODS}/claim-missing`]:
    'Unschedulable: 0/1 nodes are available: persistentvolumeclaim "nosuch" not found. not found',
  [`${PODS}/claim-unbound`]:
    'Unschedulable: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found (claim data Pending: FailedBinding: no persistent volumes available for this claim and no storage class is set)',
  [`${PODS}/command-not-found`]:
    'CrashLoopBackOff: container app could not start (StartError): exec: "/usr/bin/server": stat /usr/bin/server: no such file or directory, 5 restarts, last 2m15s ago',
  [`${PODS}/completed`]: null,
  [`${PODS}/configmap-missing`]: 'CreateContainerConfigError: container app: configmap "app-settings" not found',
  [`${PODS}/cpu-too-large`]: 'Unschedulable: 0/1 nodes are available: 1 Insufficient cpu.',
  [`${PODS}/crash`]: 'CrashLoopBackOff: container app exited with code 3, 5 restarts, last 2m21s ago',
  [`${PODS}/evicted`]: 'Evicted: Usage of EmptyDir volume "v" exceeds the limit "1Mi".',
  [`${PODS}/failed-once`]: 'Failed: container app exited with code 2',
  [`${PODS}/healthy-ddc599dc4-bpgkx`]: null,
  [`${PODS}/healthy-ddc599dc4-mczl5`]: null,
  [`${PODS}/image-missing`]: `ImagePullBackOff: image registry.invalid/shop/web:v9: ${REFUSED_PULL}`,
  [`${PODS}/image-name-invalid`]:
    'InvalidImageName: image Shop/Web:V9!: invalid reference format: repository name (Web) must be lowercase',
  [`${PODS}/image-never-pull`]:
    'ErrImageNeverPull: Container image "shop/local:1" is not present with pull policy of Never',
  [`${PODS}/init-failing`]: 'CrashLoopBackOff: init container migrate exited with code 1, 5 restarts, last 2m17s ago',
  [`${PODS}/liveness-failing`]:
    "CrashLoopBackOff: container app killed by its liveness probe: cat: can't open '/tmp/healthy': No such file or directory, 6 restarts, last 117s ago",
  [`${PODS}/node-selector-unmatched`]:
    "Unschedulable: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
  [`${PODS}/oom-loop`]:
    'CrashLoopBackOff: container app OOMKilled (exit code 137, memory limit 32Mi), 5 restarts, last 2m16s ago',
  [`${PODS}/oom-once`]: 'Failed: container app OOMKilled (exit code 137, memory limit 32Mi)',
  [`${PODS}/readiness-failing`]: `not ready: ${UNREADY}`,
  [`${PODS}/rollout-stuck-84698dd7db-gzgmb`]: `ImagePullBackOff: image registry.invalid/shop/web:v10: ${REFUSED_PULL}`,
  [`${PODS}/rollout-stuck-84698dd7db-xvn67`]: `ImagePullBackOff: image registry.invalid/shop/web:v10: ${REFUSED_PULL}`,
  [`${PODS}/runs-as-root`]:
    'CreateContainerConfigError: container app: container has runAsNonRoot and image will run as root',
  [`${PODS}/secret-key-missing`]:
    "CreateContainerConfigError: container app: couldn't find key password in Secret trouble/db",
  [`${PODS}/sidecar-crash`]:
    '1 of 2 containers ready: CrashLoopBackOff: container proxy exited with code 1, 5 restarts, last 2m17s ago',
  [`${PODS}/startup-failing`]:
    'CrashLoopBackOff: container app killed by its startup probe: dial tcp 10.244.0.12:9: connect: connection refused, 6 restarts, last 109s ago',
  [`${PODS}/terminating-stuck`]: 'Terminating: deleted 3m50s ago, held by finalizer example.test/never',
  [`${PODS}/volume-missing`]: 'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "nosuch" not found',
  'trouble/Deployment/account-missing': NO_ACCOUNT,
  'trouble/Deployment/healthy': null,
  'trouble/Deployment/rollout-stuck': `${NO_PULL}; rollout stuck (ProgressDeadlineExceeded: ReplicaSet "rollout-stuck-84698dd7db" has timed out progressing.)`,
  'trouble/ReplicaSet/account-missing-7f9784db4c': NO_ACCOUNT,
  'trouble/ReplicaSet/healthy-ddc599dc4': null,
  'trouble/ReplicaSet/rollout-stuck-84698dd7db': NO_PULL,
  'trouble/Job/backoff-limit':
    'failed: BackoffLimitExceeded: Job has reached the specified backoff limit (backoffLimit 0); pod backoff-limit-p6g7g: Failed: container app exited with code 1',
  'trouble/Job/deadline':
    'failed: DeadlineExceeded: Job was active longer than specified deadline (activeDeadlineSeconds 3)',
  'trouble/CronJob/suspended': null,
  'trouble/HorizontalPodAutoscaler/no-metrics':
    'cannot scale: FailedGetResourceMetric: the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
  'trouble/PersistentVolumeClaim/data':
    'Pending: FailedBinding: no persistent volumes available for this claim and no storage class is set',
  'trouble/PersistentVolumeClaim/data-class-missing':
    'Pending: ProvisioningFailed: storageclass.storage.k8s.io "fast" not found',
  'trouble/PodDisruptionBudget/exhausted':
    '0 disruptions allowed (InsufficientPods): 2 of 2 pods healthy, 2 needed (minAvailable 2); evictions and drains wait',
  'trouble/Service/no-ready-endpoints': `0 of 1 endpoints ready: 1 not ready (${UNREADY})`,
  'trouble/Service/selector-unmatched': 'no endpoints: no pod in namespace trouble matches selector app=nosuch',
  'trouble/EndpointSlice/no-ready-endpoints-pl8w6': `0 of 1 endpoints ready: 1 not ready (${UNREADY})`,
  'trouble/EndpointSlice/selector-unmatched-r9h72':
    'no endpoints: no pod in namespace trouble matches selector app=nosuch',
  'trouble/ConfigMap/db2': null,
  'trouble/ConfigMap/finalizer-stuck': 'Terminating: deleted 3m54s ago, held by finalizer example.test/never',
  'trouble-quota/Pod/over-quota-664774555-vdclv': null,
  'trouble-quota/Deployment/over-quota': OVER_QUOTA,
  'trouble-quota/ReplicaSet/over-quota-664774555': OVER_QUOTA,
  'trouble-quota/ResourceQuota/small': 'quota reached: pods 1 of 1',
  'trouble-restricted/Deployment/privileged': NOT_RESTRICTED,
  'trouble-restricted/ReplicaSet/privileged-6cbb87fbd': NOT_RESTRICTED,
}
