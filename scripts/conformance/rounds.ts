import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  acceptedContent,
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequests,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { text } from './content.ts'
import type { Fixture } from './tools.ts'

// Tools that need more from the client before they can answer (SEP-2322): they answer what they need, and are called again.

const form = <P>(name: string, property: P) => ({
  type: 'object' as const,
  properties: { [name]: property },
  required: [name],
})
const ask = (message: string, name: string) =>
  inputRequired.elicit({ message, requestedSchema: form(name, { type: 'string' as const }) })
const sampling = (words: string, maxTokens: number) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(words) }], maxTokens })

const answer = (words: string): CallToolResult => ({ content: [text(words)] })
const need = (inputRequests: InputRequests, state?: string): InputRequiredResult =>
  inputRequired({ inputRequests, ...(state === undefined ? {} : { requestState: signed(state) }) })
const has = ({ mcpReq }: ServerContext, ...keys: string[]) =>
  keys.every((key) => inputResponse(mcpReq.inputResponses, key).kind !== 'missing')

const key = randomBytes(32)
const macOf = (state: string) => createHmac('sha256', key).update(state).digest('base64url')
const signed = (state: string) => `${state}.${macOf(state)}`

/** The state of the round before, undefined in the first. Whoever changed it is refused. */
function stateOf({ mcpReq }: ServerContext): string | undefined {
  const given: unknown = mcpReq.requestState()
  if (given === undefined) return undefined
  const [state = '', mac = ''] = typeof given === 'string' ? given.split('.') : []
  const [expected, actual] = [Buffer.from(macOf(state)), Buffer.from(mac)]
  if (expected.length === actual.length && timingSafeEqual(expected, actual)) return state
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'requestState is not what this server gave out.')
}

const NAME = { user_name: ask('What is your name?', 'name') }
const ROOTS = { client_roots: inputRequired.listRoots() }
const CONFIRM = {
  confirm: inputRequired.elicit({
    message: 'Please confirm',
    requestedSchema: form('ok', { type: 'boolean' as const }),
  }),
}

export const rounds: Readonly<Record<string, Fixture>> = {
  test_input_required_result_elicitation: { description: 'Asks for a name.', run: (_input, context) => greet(context) },
  test_streaming_elicitation: { description: 'Asks for a name.', run: (_input, context) => greet(context) },
  test_input_required_result_sampling: {
    description: 'Asks the model of the client.',
    run: (_input, context) =>
      has(context, 'capital_question')
        ? answer(JSON.stringify(inputResponse(context.mcpReq.inputResponses, 'capital_question')))
        : need({ capital_question: sampling('What is the capital of France?', 100) }),
  },
  test_input_required_result_list_roots: {
    description: 'Asks for the roots of the client.',
    run: (_input, context) =>
      has(context, 'client_roots')
        ? answer(JSON.stringify(inputResponse(context.mcpReq.inputResponses, 'client_roots')))
        : need(ROOTS),
  },
  test_input_required_result_request_state: {
    description: 'Keeps a state with the client.',
    run: (_input, context) => confirm(context),
  },
  test_input_required_result_tampered_state: {
    description: 'Keeps a state with the client.',
    run: (_input, context) => confirm(context),
  },
  test_input_required_result_multiple_inputs: {
    description: 'Asks for three things at once.',
    run: (_input, context) =>
      stateOf(context) !== undefined && has(context, 'user_name', 'greeting', 'client_roots')
        ? answer('Got all three.')
        : need({ ...NAME, greeting: sampling('Generate a greeting', 50), ...ROOTS }, 'three'),
  },
  test_input_required_result_multi_round: { description: 'Asks twice.', run: (_input, context) => askTwice(context) },
  test_input_required_result_capabilities: {
    description: 'Asks only what the client can answer.',
    run: (_input, context) => askWhatIsDeclared(context),
  },
  test_missing_capability: {
    description: 'Needs sampling.',
    run: () => need({ question: sampling('Are you there?', 10) }),
  },
}

function greet({ mcpReq }: ServerContext) {
  const name = acceptedContent(mcpReq.inputResponses, 'user_name')?.name
  return typeof name === 'string' ? answer(`Hello, ${name}!`) : need(NAME)
}

function confirm(context: ServerContext) {
  const state = stateOf(context)
  return state !== undefined && has(context, 'confirm') ? answer(`state-ok: ${state}`) : need(CONFIRM, 'waiting')
}

function askTwice(context: ServerContext) {
  const state = stateOf(context)
  if (state === 'second' && has(context, 'step2')) return answer('Thank you for both.')
  if (state === 'first' && has(context, 'step1'))
    return need({ step2: ask('Step 2: What is your favorite color?', 'color') }, 'second')
  return need({ step1: ask('Step 1: What is your name?', 'name') }, 'first')
}

function askWhatIsDeclared({ mcpReq }: ServerContext) {
  const envelope: Record<string, unknown> = { ...mcpReq.envelope }
  const declared = new Set(Object.keys(envelope[CLIENT_CAPABILITIES_META_KEY] ?? {}))
  return need({
    ...(declared.has('sampling') ? { question: sampling('Are you there?', 10) } : {}),
    ...(declared.has('elicitation') ? NAME : {}),
  })
}

/** A prompt can need more as well. */
export function promptWithContext({ mcpReq }: ServerContext) {
  const content = acceptedContent(mcpReq.inputResponses, 'user_context')
  if (content === undefined) return need({ user_context: ask('What context should the prompt use?', 'context') })
  return { messages: [{ role: 'user' as const, content: text(`Use this context: ${String(content.context)}`) }] }
}
