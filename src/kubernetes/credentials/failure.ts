/**
 * Why a credential plugin gave no credential. `message` is free of secrets: for `failed` it goes on from "The credential
 * plugin X of context Y", for the others it names the command. Stays inside src/kubernetes: the connection, which knows its context's name, makes the Problem of it.
 */
export class PluginFailure extends Error {
  readonly kind: 'not-allowed' | 'missing' | 'failed'

  constructor(kind: PluginFailure['kind'], message: string) {
    super(message)
    this.name = 'PluginFailure'
    this.kind = kind
  }
}
