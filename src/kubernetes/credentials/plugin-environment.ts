import type { PluginSpec } from '../kubeconfig/plugin.ts'
import type { Environment } from '../proxy.ts'

/** What a credential plugin may see of the server's environment: where it is, who it is for, its own cloud's settings. */
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|XDG_[A-Z_]+|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|KUBECACHEDIR|(AWS|AZURE|AAD|ARM|GOOGLE|CLOUDSDK|OCI|DIGITALOCEAN|IBMCLOUD)_\w+|SystemRoot|APPDATA|LOCALAPPDATA|USERPROFILE|PATHEXT)$/

/**
 * The whole environment of one plugin run: the passed-on variables, the kubeconfig's own for this plugin, and
 * KUBERNETES_EXEC_INFO (client.authentication.k8s.io ExecCredential, with the cluster where the plugin wants it).
 */
export function pluginEnvironment(
  spec: PluginSpec,
  cluster: Readonly<Record<string, unknown>>,
  environment: Environment,
): Record<string, string> {
  return {
    ...passedOn(environment),
    ...spec.environment,
    KUBERNETES_EXEC_INFO: JSON.stringify({
      kind: 'ExecCredential',
      apiVersion: spec.apiVersion,
      spec: { interactive: false, ...(spec.wantsCluster ? { cluster } : {}) },
    }),
  }
}

function passedOn(environment: Environment): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && PASSED.test(name)) passed[name] = value
  }
  return passed
}
