import type { Target } from '../kubeconfig/context.ts'
import { Unusable } from '../kubeconfig/fields.ts'
import { digest } from '../kubeconfig/material.ts'
import type { Credential, CredentialSource } from './credential.ts'
import { Plugin, type PluginRules } from './plugin.ts'
import { TokenFile } from './token-file.ts'

/** A credential that stands in the kubeconfig itself, or none. */
class Fixed implements CredentialSource {
  readonly #credential: Credential
  readonly #expires: number

  constructor(authorization: string | undefined, expires = Number.POSITIVE_INFINITY) {
    this.#credential = { authorization, certificate: undefined }
    this.#expires = expires
  }

  async credential(signal: AbortSignal): Promise<Credential> {
    signal.throwIfAborted()
    if (this.#expires <= Date.now()) throw new Unusable('Its id-token has expired; a credential plugin would renew it.')
    return this.#credential
  }

  /** There is no other to be had. */
  forget(): void {}
}

/** The sources of all users, kept over reloads so that an unchanged user keeps the credential it has. */
export class CredentialSources {
  readonly #rules: PluginRules
  #sources = new Map<string, CredentialSource>()

  constructor(rules: PluginRules) {
    this.#rules = rules
  }

  of(target: Target): CredentialSource {
    const key = keyOf(target)
    const source = this.#sources.get(key) ?? this.#create(target)
    this.#sources.set(key, source)
    return source
  }

  /** Forgets the credentials of users that are no longer configured. */
  retain(targets: readonly Target[]): void {
    const kept = new Set(targets.map(keyOf))
    this.#sources = new Map([...this.#sources].filter(([key]) => kept.has(key)))
  }

  #create({ user, cluster }: Target): CredentialSource {
    const { authentication } = user
    if (authentication.kind === 'plugin') return new Plugin(authentication.plugin, cluster.execInfo, this.#rules)
    if (authentication.kind === 'token-file') return new TokenFile(authentication.path)
    if (authentication.kind === 'header') return new Fixed(authentication.authorization, authentication.expires)
    return new Fixed(undefined)
  }
}

/** Contexts share a source where it would give the same: the cluster counts only for a plugin that is told about it. */
function keyOf(target: Target): string {
  const known = keys.get(target)
  if (known !== undefined) return known
  const { user, cluster } = target
  const told = user.authentication.kind === 'plugin' && user.authentication.plugin.wantsCluster
  const key = digest([user.authentication, told ? cluster.execInfo : null])
  keys.set(target, key)
  return key
}

// Every call asks; a target does not change as long as it is there.
const keys = new WeakMap<Target, string>()
