import { setTimeout as wait } from 'node:timers/promises'
import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server'
import { audio, embedded, image, text } from './content.ts'
import { DEFAULTS, ENUMS, type Form, PERSON } from './elicitation.ts'

type Arguments = Readonly<Record<string, unknown>>

/** A tool the official suite calls by name. */
export interface Fixture {
  description: string
  /** Text arguments, all required. */
  takes?: readonly string[]
  run(
    input: Arguments,
    context: ServerContext,
  ): CallToolResult | InputRequiredResult | Promise<CallToolResult | InputRequiredResult>
}

const answer = (...content: CallToolResult['content']): CallToolResult => ({ content })

/** What the scenarios of both revisions need beside the product's own tools. */
export const tools: Readonly<Record<string, Fixture>> = {
  test_simple_text: {
    description: 'Answers a sentence.',
    run: () => answer(text('This is a simple text response for testing.')),
  },
  test_image_content: { description: 'Answers an image.', run: () => answer(image) },
  test_audio_content: { description: 'Answers a sound.', run: () => answer(audio) },
  test_embedded_resource: {
    description: 'Answers a resource.',
    run: () => answer(embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')),
  },
  test_multiple_content_types: {
    description: 'Answers text, an image and a resource.',
    run: () =>
      answer(
        text('Multiple content types test:'),
        image,
        embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ),
  },
  test_error_handling: {
    description: 'Always fails.',
    run: () => ({ isError: true, ...answer(text('This tool intentionally returns an error for testing')) }),
  },
  test_tool_with_logging: { description: 'Logs while it runs.', run: logThreeTimes },
  test_logging_tool: { description: 'Logs while it runs.', run: logThreeTimes },
  test_tool_with_progress: { description: 'Says how far it is.', run: tellProgress },
  test_sampling: { description: 'Asks the model of the client.', takes: ['prompt'], run: sample },
  test_elicitation: {
    description: 'Asks the user.',
    takes: ['message'],
    run: ({ message }, context) => elicit(context, String(message), PERSON),
  },
  test_elicitation_sep1034_defaults: {
    description: 'Asks with defaults.',
    run: (_input, context) => elicit(context, 'Review these values', DEFAULTS),
  },
  test_elicitation_sep1330_enums: {
    description: 'Asks for choices.',
    run: (_input, context) => elicit(context, 'Choose', ENUMS),
  },
}

async function logThreeTimes(_input: Arguments, { mcpReq }: ServerContext): Promise<CallToolResult> {
  await mcpReq.log('info', 'Tool execution started')
  await wait(50)
  await mcpReq.log('info', 'Tool processing data')
  await wait(50)
  await mcpReq.log('info', 'Tool execution completed')
  return answer(text('Logged three times.'))
}

async function tellProgress(_input: Arguments, { mcpReq }: ServerContext): Promise<CallToolResult> {
  const { _meta: meta } = mcpReq
  const progressToken = meta?.progressToken
  for (const progress of [0, 50, 100]) {
    if (progressToken !== undefined)
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } })
    await wait(50)
  }
  return answer(text('Done.'))
}

async function sample({ prompt }: Arguments, { mcpReq }: ServerContext): Promise<CallToolResult> {
  const messages = [{ role: 'user' as const, content: text(String(prompt)) }]
  const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 })
  return answer(text(`LLM response: ${JSON.stringify(content)}`))
}

async function elicit({ mcpReq }: ServerContext, message: string, requestedSchema: Form): Promise<CallToolResult> {
  const { action, content } = await mcpReq.elicitInput({ message, requestedSchema })
  return answer(text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`))
}
