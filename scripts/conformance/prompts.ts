import {
  type GetPromptResult,
  type InputRequiredResult,
  type Prompt,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { embedded, image, text } from './content.ts'
import { promptWithContext } from './rounds.ts'

type Made = GetPromptResult | InputRequiredResult
interface Fixture extends Omit<Prompt, 'name'> {
  make: (given: Readonly<Record<string, string>>, context: ServerContext) => Made
}

const required = (name: string, description: string) => ({ name, description, required: true })
const says = (...contents: GetPromptResult['messages'][number]['content'][]): GetPromptResult => ({
  messages: contents.map((content) => ({ role: 'user', content })),
})

const prompts = new Map<string, Fixture>([
  [
    'test_simple_prompt',
    { description: 'A sentence.', make: () => says(text('This is a simple prompt for testing.')) },
  ],
  [
    'test_prompt_with_arguments',
    {
      description: 'A sentence with arguments.',
      arguments: [required('arg1', 'First test argument'), required('arg2', 'Second test argument')],
      make: ({ arg1, arg2 }) => says(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
    },
  ],
  [
    'test_prompt_with_embedded_resource',
    {
      description: 'A resource and a sentence.',
      arguments: [required('resourceUri', 'URI of the resource to embed')],
      make: ({ resourceUri = '' }) =>
        says(
          embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'),
          text('Please process the embedded resource above.'),
        ),
    },
  ],
  [
    'test_prompt_with_image',
    { description: 'An image and a sentence.', make: () => says(image, text('Please analyze the image above.')) },
  ],
  [
    'test_input_required_result_prompt',
    { description: 'A prompt that asks first.', make: (_given, context) => promptWithContext(context) },
  ],
])

export const listPrompts = (): { prompts: Prompt[] } => ({
  prompts: [...prompts].map(([name, { make: _make, ...prompt }]) => ({ name, ...prompt })),
})

export function getPrompt(name: string, given: Readonly<Record<string, string>>, context: ServerContext): Made {
  const prompt = prompts.get(name)
  if (prompt === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `No prompt "${name}".`)
  return prompt.make(given, context)
}
