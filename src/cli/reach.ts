import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { accountName } from '../account.ts'
import { type Config, dataPlaces } from '../config.ts'
import { correlationIdOf } from '../correlation.ts'
import { type Action, Administration } from '../services/administration.ts'
import type { Acting } from '../services/approvals/core.ts'
import { openStore } from '../services/approvals/open.ts'
import { policySource } from '../services/approvals/policy-file.ts'
import { Principals } from '../services/principals/principals.ts'
import { clientAddress, placeOf } from '../socket/address.ts'
import { NoServer, SocketClient } from '../socket/client.ts'

/** The server of these settings, running or not. */
export const clientOf = (config: Config): SocketClient => new SocketClient(clientAddress(placeOf(config)))

/** Has the running server do something; where none runs, does it with the store in hand. */
export async function perform<I extends TObject, O extends TObject>(
  config: Config,
  action: Action<I, O>,
  input: Static<I>,
): Promise<Static<O>> {
  return (
    (await remotely(config, action, input)) ??
    (await withStore(config, (administration, acting) => action.run(administration, input, acting)))
  )
}

/** Undefined where no server runs. */
export async function remotely<I extends TObject, O extends TObject>(
  config: Config,
  { name, output }: Action<I, O>,
  input: Static<I>,
): Promise<Static<O> | undefined> {
  try {
    const answer = await clientOf(config).json({ method: 'POST', path: `/admin/${name}`, body: input })
    return checked(output, answer)
  } catch (error) {
    if (error instanceof NoServer) return undefined
    throw error
  }
}

/** An answer of the server. It is of another version where it does not say what is expected. */
export function checked<O extends TObject>(schema: O, answer: unknown): Static<O> {
  if (!Compile(schema).Check(answer))
    throw new Error('The server answers in a way this k8s-mcp does not know: restart it, it may be of another version.')
  return answer
}

/** Opens the store for the time of some work, as no server runs. Throws `store_locked` where one does after all. */
export async function withStore<T>(
  config: Config,
  work: (administration: Administration, acting: Acting) => Promise<T>,
): Promise<T> {
  const { store } = await openStore(dataPlaces(config))
  const operator = accountName()
  const principals = await Principals.open({ store, operator })
  // Without a server nobody can tell how many people it knows: then nobody confirms their own.
  const policy = policySource(config.POLICY_FILE, () => ({ self: false }))
  const acting = {
    principal: { kind: 'person', subject: operator },
    door: 'terminal',
    correlationId: correlationIdOf({}),
  } as const
  try {
    return await work(new Administration({ store, principals, policy }), acting)
  } finally {
    principals.close()
    await store.close()
  }
}
