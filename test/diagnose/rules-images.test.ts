import { make } from '../describe/build.ts'
import { waiting } from './build.ts'
import { check } from './cases.ts'

const ENV = { env: [{ name: 'PORT', valueFrom: { configMapKeyRef: { name: 'mail', key: 'port' } } }] }

check([
  {
    name: 'a key that a ConfigMap lacks is told with those that it has',
    objects: [
      waiting('CreateContainerConfigError', "couldn't find key port in ConfigMap shop/mail", ENV),
      make('v1 ConfigMap', { metadata: { name: 'mail' }, data: { prt: '25', host: 'a' } }),
    ],
    expect:
      'configmap-missing: ConfigMap shop/mail has no key "port", only prt, host; container app of web asks for it (env PORT)',
  },
  {
    name: 'a ConfigMap that is not there is told with the nearest that is',
    objects: [
      waiting('CreateContainerConfigError', 'configmap "mail" not found', ENV),
      make('v1 ConfigMap', { metadata: { name: 'mails' } }),
    ],
    expect:
      'configmap-missing: ConfigMap shop/mail does not exist; there is mails; container app of web asks for it (env PORT)',
  },
  {
    name: 'a Secret that is not there',
    objects: [
      waiting('CreateContainerConfigError', 'secret "db" not found', { envFrom: [{ secretRef: { name: 'db' } }] }),
    ],
    expect: 'secret-key-missing: Secret shop/db does not exist; container app of web asks for it (envFrom)',
  },
  {
    name: 'a user by name where only a number proves that it is not root',
    objects: [
      waiting(
        'CreateContainerConfigError',
        'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root (pod: "web_shop(1-2)", container: app)',
      ),
    ],
    expect:
      'runs-as-root: container app of web must not run as root (runAsNonRoot), and that of its image is a name, not a number: image shop/web:v9',
  },
  {
    name: 'any other refusal of the kubelet',
    objects: [
      waiting('CreateContainerConfigError', 'services have not yet been read at least once, cannot construct envvars'),
    ],
    expect:
      'container-not-created: container app of web cannot be made: services have not yet been read at least once, cannot construct envvars',
  },
])

const pulling = (message: string, podSpec: object = {}) =>
  waiting('ImagePullBackOff', `Back-off pulling image "shop/web:v9": ErrImagePull: ${message}`, {}, podSpec)

check([
  {
    name: 'a tag that the registry does not have',
    objects: [
      pulling(
        'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/shop/web:v9": failed to resolve reference "docker.io/shop/web:v9": docker.io/shop/web:v9: not found',
      ),
    ],
    expect:
      'image-pull-backoff: image shop/web:v9 of container app of web cannot be pulled: registry docker.io has no such image or tag: docker.io/shop/web:v9: not found',
  },
  {
    name: 'a pull that is refused to strangers',
    objects: [
      pulling(
        'failed to pull and unpack image "docker.io/shop/web:v9": failed to resolve reference "docker.io/shop/web:v9": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      ),
    ],
    expect:
      'image-pull-denied: image shop/web:v9 of container app of web cannot be pulled: registry docker.io refuses it: the pod has no imagePullSecrets; it says pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  },
  {
    name: 'a pull with credentials that are not there',
    objects: [
      pulling('rpc error: code = Unknown desc = unauthorized: authentication required', {
        imagePullSecrets: [{ name: 'regcred' }],
      }),
      make('v1 Secret', { metadata: { name: 'other' } }),
    ],
    expect:
      'image-pull-denied: image shop/web:v9 of container app of web cannot be pulled: registry docker.io refuses it: the Secret regcred that its imagePullSecrets name does not exist; it says unauthorized: authentication required',
  },
  {
    name: 'a registry that cannot be reached has not refused anybody, whatever its port',
    objects: [
      pulling('failed to do request: Head "https://shop:403/v2/": dial tcp 10.0.0.1:403: connect: connection refused'),
    ],
    expect:
      'image-pull-backoff: image shop/web:v9 of container app of web cannot be pulled: the node cannot connect to registry docker.io: dial tcp 10.0.0.1:403: connect: connection refused',
  },
  {
    name: 'a registry that takes no more pulls is no question of credentials',
    objects: [
      pulling('429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit'),
    ],
    expect:
      'image-pull-denied: image shop/web:v9 of container app of web cannot be pulled: registry docker.io takes no more pulls for now (rate limit); it says 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit',
  },
])
