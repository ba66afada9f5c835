import { basename } from 'node:path'
import type { PluginSpec } from '../kubeconfig/plugin.ts'

const HINT_LIMIT = 500

/** Where the usual plugins come from. */
const KNOWN: Readonly<Record<string, string>> = {
  aws: 'It is the AWS CLI, version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  'aws-iam-authenticator': 'See https://github.com/kubernetes-sigs/aws-iam-authenticator.',
  'gke-gcloud-auth-plugin': 'Run: gcloud components install gke-gcloud-auth-plugin',
  kubelogin: 'For Azure: az aks install-cli. For OpenID Connect: https://github.com/int128/kubelogin.',
  'kubectl-oidc_login': 'Run: kubectl krew install oidc-login',
  kubectl: 'It needs kubectl and its oidc-login plugin: kubectl krew install oidc-login',
}

/** What to do about a plugin that is not there: the kubeconfig's own `installHint`, else ours for the usual ones. */
export function missingPluginHint({ command, installHint }: PluginSpec): string | undefined {
  const own = installHint?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  const hint = own ? own.slice(0, HINT_LIMIT) : KNOWN[basename(command)]
  return hint === undefined ? undefined : `Install it where the server runs, on its PATH. ${hint}`
}
