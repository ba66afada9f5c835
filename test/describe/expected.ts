/** What is wrong with each recorded object, as its description says first; null: nothing. No logs were recorded. */
export const EXPECTED: Readonly<Record<string, string | null>> = {
  'trouble/Pod/backoff-limit-p6g7g':
    'Job backoff-limit gave up after 1 failed pod (backoffLimit 0): container app of backoff-limit ended with code 1: its last words were not read',
  'trouble/Pod/claim-missing': 'no node takes claim-missing: PersistentVolumeClaim trouble/nosuch does not exist',
  'trouble/Pod/claim-unbound':
    'PersistentVolumeClaim trouble/data names no StorageClass, no default class is known, and no PersistentVolume fits it',
  'trouble/Pod/command-not-found':
    'container app of command-not-found cannot start: program /usr/bin/server is not in its image',
  'trouble/Pod/completed': null,
  'trouble/Pod/configmap-missing':
    'ConfigMap trouble/app-settings does not exist; container app of configmap-missing asks for it (envFrom)',
  'trouble/Pod/cpu-too-large':
    'no node takes cpu-too-large: on 1 node: it asks for 64 of cpu, and the nodes that it may be on have less free',
  'trouble/Pod/crash': 'container app of crash exits with code 3: its last words were not read',
  'trouble/Pod/evicted': 'the kubelet evicted evicted: Usage of EmptyDir volume "v" exceeds the limit "1Mi"',
  'trouble/Pod/failed-once':
    'container app of failed-once ended with code 2 (usually: it was called with arguments it does not take): its last words were not read',
  'trouble/Pod/healthy-ddc599dc4-bpgkx': null,
  'trouble/Pod/healthy-ddc599dc4-mczl5': null,
  'trouble/Pod/image-missing':
    'image registry.invalid/shop/web:v9 of container app of image-missing cannot be pulled: the name of registry registry.invalid does not resolve on the node: dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host',
  'trouble/Pod/image-name-invalid':
    '"Shop/Web:V9!", the image of container app of image-name-invalid, is no image name: invalid reference format: repository name (Web) must be lowercase',
  'trouble/Pod/image-never-pull':
    'image shop/local:1 of container app of image-never-pull is not on its node, and imagePullPolicy Never forbids to pull it',
  'trouble/Pod/init-failing':
    'init container migrate of init-failing exits with code 1: its last words were not read; the other containers wait for it',
  'trouble/Pod/liveness-failing':
    "the liveness probe of container app of liveness-failing fails and the kubelet restarts it: command cat /tmp/healthy: cat: can't open '/tmp/healthy': No such file or directory",
  'trouble/Pod/node-selector-unmatched': 'no node takes node-selector-unmatched: on 1 node: it demands disktype=ssd',
  'trouble/Pod/oom-loop':
    'container app of oom-loop wanted more memory than its limit of 32Mi and was killed by the kernel (OOMKilled, exit code 137)',
  'trouble/Pod/oom-once':
    'container app of oom-once wanted more memory than its limit of 32Mi and was killed by the kernel (OOMKilled, exit code 137)',
  'trouble/Pod/readiness-failing':
    'the readiness probe of container app of readiness-failing fails: GET http://:8080/healthz: connection refused, nothing listens there',
  'trouble/Pod/rollout-stuck-84698dd7db-gzgmb':
    'the rollout of rollout-stuck is stuck: image registry.invalid/shop/web:v10 of container app of rollout-stuck cannot be pulled: the name of registry registry.invalid does not resolve on the node: dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host (its deadline of 8 s has passed); no pod of a revision before is left',
  'trouble/Pod/rollout-stuck-84698dd7db-xvn67':
    'the rollout of rollout-stuck is stuck: image registry.invalid/shop/web:v10 of container app of rollout-stuck cannot be pulled: the name of registry registry.invalid does not resolve on the node: dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host (its deadline of 8 s has passed); no pod of a revision before is left',
  'trouble/Pod/runs-as-root':
    'container app of runs-as-root must not run as root (runAsNonRoot), and its image names no other user: image busybox:1.37',
  'trouble/Pod/secret-key-missing':
    'Secret trouble/db has no key "password"; container app of secret-key-missing asks for it (env PASSWORD)',
  'trouble/Pod/sidecar-crash':
    'container proxy of sidecar-crash exits with code 1: its last words were not read; its other containers run',
  'trouble/Pod/startup-failing':
    'the startup probe of container app of startup-failing fails before it has started: TCP port 9: connection refused, nothing listens there',
  'trouble/Pod/terminating-stuck':
    'pod terminating-stuck was deleted and does not go: held by finalizer example.test/never',
  'trouble/Pod/volume-missing': 'ConfigMap trouble/nosuch does not exist; volume-missing mounts it as volume v',
  'trouble/Deployment/account-missing':
    '1 of 1 pod of account-missing cannot be created: ServiceAccount trouble/nosuch does not exist',
  'trouble/Deployment/healthy': null,
  'trouble/Deployment/rollout-stuck':
    'the rollout of rollout-stuck is stuck: image registry.invalid/shop/web:v10 of container app of rollout-stuck cannot be pulled: the name of registry registry.invalid does not resolve on the node: dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host (its deadline of 8 s has passed); no pod of a revision before is left',
  'trouble/ReplicaSet/account-missing-7f9784db4c':
    '1 of 1 pod of account-missing cannot be created: ServiceAccount trouble/nosuch does not exist',
  'trouble/ReplicaSet/healthy-ddc599dc4': null,
  'trouble/ReplicaSet/rollout-stuck-84698dd7db':
    'the rollout of rollout-stuck is stuck: image registry.invalid/shop/web:v10 of container app of rollout-stuck cannot be pulled: the name of registry registry.invalid does not resolve on the node: dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host (its deadline of 8 s has passed); no pod of a revision before is left',
  'trouble/Job/backoff-limit':
    'Job backoff-limit gave up after 1 failed pod (backoffLimit 0): container app of backoff-limit ended with code 1: its last words were not read',
  'trouble/Job/deadline':
    'Job deadline was ended because it ran longer than its deadline of 3 s: its pods are gone with their logs',
  'trouble/CronJob/suspended': null,
  'trouble/HorizontalPodAutoscaler/no-metrics':
    'HorizontalPodAutoscaler trouble/no-metrics cannot scale Deployment healthy: the metrics API is not there',
  'trouble/PersistentVolumeClaim/data':
    'PersistentVolumeClaim trouble/data names no StorageClass, no default class is known, and no PersistentVolume fits it',
  'trouble/PersistentVolumeClaim/data-class-missing':
    'PersistentVolumeClaim trouble/data-class-missing asks for StorageClass fast, which does not exist',
  'trouble/PodDisruptionBudget/exhausted':
    'PodDisruptionBudget trouble/exhausted lets no pod be evicted, so that a drain would wait for ever: minAvailable 2 with 2 of 2 pods healthy, 2 needed',
  'trouble/Service/no-ready-endpoints':
    'the readiness probe of container app of readiness-failing fails: GET http://:8080/healthz: connection refused, nothing listens there',
  'trouble/Service/selector-unmatched':
    'Service trouble/selector-unmatched selects app=nosuch, and no pod has these labels',
  'trouble/EndpointSlice/no-ready-endpoints-pl8w6':
    'the readiness probe of container app of readiness-failing fails: GET http://:8080/healthz: connection refused, nothing listens there',
  'trouble/EndpointSlice/selector-unmatched-r9h72':
    'Service trouble/selector-unmatched selects app=nosuch, and no pod has these labels',
  'trouble/ConfigMap/db2': null,
  'trouble/ConfigMap/finalizer-stuck':
    'ConfigMap trouble/finalizer-stuck was deleted 3m54s ago and is held by finalizer example.test/never, which only the controller of example.test takes away',
  'trouble-quota/Pod/over-quota-664774555-vdclv': null,
  'trouble-quota/Deployment/over-quota':
    '2 of 3 pods of over-quota cannot be created: ResourceQuota trouble-quota/small is used up: pods 1 of 1 taken, a pod needs 1',
  'trouble-quota/ReplicaSet/over-quota-664774555':
    '2 of 3 pods of over-quota cannot be created: ResourceQuota trouble-quota/small is used up: pods 1 of 1 taken, a pod needs 1',
  'trouble-quota/ResourceQuota/small':
    'ResourceQuota trouble-quota/small is used up (pods 1 of 1): what asks for more is refused',
  'trouble-restricted/Deployment/privileged':
    '1 of 1 pod of privileged cannot be created: namespace trouble-restricted enforces Pod Security "restricted:latest", and the pod template breaks it: privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
  'trouble-restricted/ReplicaSet/privileged-6cbb87fbd':
    '1 of 1 pod of privileged cannot be created: namespace trouble-restricted enforces Pod Security "restricted:latest", and the pod template breaks it: privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile',
}
