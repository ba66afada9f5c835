/** What is asked about a kind. */
export interface Question {
  /** Kind, plural, short name or `kind.version.group`; a field path may stand behind it. */
  kind: string
  path?: string | undefined
  /** All fields below, not only the next ones. */
  recursive?: boolean | undefined
  /** Of this version of Kubernetes, whatever the cluster runs. */
  version?: string | undefined
  /** Descriptions of fields: whole, or only their first sentence. Default: short where the answer is recursive. */
  texts?: 'short' | 'full' | undefined
  /** Whether only the cluster will do, since the caller named its context. */
  insist?: boolean | undefined
}
