import type { Config } from './config.ts'
import type { ConnectionsOptions } from './kubernetes/connection.ts'

/** How the clusters of these settings are reached. */
export function connectionOptions(config: Config): ConnectionsOptions {
  const { environment, homeDirectory, KUBECONFIG, EXEC_PLUGINS } = config
  return {
    kubeconfig: KUBECONFIG,
    homeDirectory,
    inClusterEnvironment: { host: environment.KUBERNETES_SERVICE_HOST, port: environment.KUBERNETES_SERVICE_PORT },
    serviceAccountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
    execPlugins: EXEC_PLUGINS,
    environment,
  }
}
