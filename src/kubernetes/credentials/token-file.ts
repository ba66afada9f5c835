import { FileReader, fingerprint } from '../kubeconfig/files.ts'
import { Unusable } from '../kubeconfig/fields.ts'
import { bearer } from '../kubeconfig/user.ts'
import { type Credential, type CredentialSource, orAbort } from './credential.ts'

const SIZE_LIMIT = 1024 * 1024
const LOOK_MILLISECONDS = 1_000

/** A token that others write to a file and renew there (bound service account tokens). Looked at once a second at most. */
export class TokenFile implements CredentialSource {
  readonly #path: string
  #current: Credential | undefined
  #print = ''
  #lookedAt = 0
  #looking: Promise<Credential> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** Throws `Unusable` where the file has never had a token; one that was read stays good while the file is away. */
  async credential(signal: AbortSignal): Promise<Credential> {
    if (this.#current && Date.now() - this.#lookedAt < LOOK_MILLISECONDS) return this.#current
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return orAbort(this.#looking, signal)
  }

  forget(refused: Credential): void {
    if (refused === this.#current) this.#lookedAt = 0
  }

  async #look(): Promise<Credential> {
    const print = await fingerprint(this.#path)
    this.#lookedAt = Date.now()
    if (this.#current && print === this.#print) return this.#current
    const current = await this.#read()
    this.#print = print
    this.#current = current
    return current
  }

  async #read(): Promise<Credential> {
    const text = (await new FileReader().read(this.#path, SIZE_LIMIT))?.toString('utf8').trim()
    if (text) return { authorization: bearer(text, `file ${this.#path}`), certificate: undefined }
    if (this.#current) return this.#current
    throw new Unusable(`The token file ${this.#path} is ${text === undefined ? 'missing' : 'empty'}.`)
  }
}
