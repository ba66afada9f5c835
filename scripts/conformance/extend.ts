import type { Server, Tool } from '@modelcontextprotocol/server'
import type { Handlers } from '../../src/mcp/server.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import { contentOf, resources, templates } from './resources.ts'
import { rounds } from './rounds.ts'
import { type Fixture, tools } from './tools.ts'

const fixtures = new Map(Object.entries({ ...tools, ...rounds }))

const toolOf = ([name, { description, takes = [] }]: [string, Fixture]): Tool => ({
  name,
  description,
  inputSchema: {
    type: 'object',
    properties: Object.fromEntries(takes.map((field) => [field, { type: 'string' }])),
    required: [...takes],
  },
})
const listed = [...fixtures].map(toolOf)

/** Adds what the official suite calls by name; everything else is answered by the product itself. */
export function extend(server: Server, own: Handlers): void {
  server.registerCapabilities({ prompts: {}, logging: {}, resources: { subscribe: true } })
  server.setRequestHandler('tools/list', () => ({ tools: [...own.listTools().tools, ...listed] }))
  server.setRequestHandler('tools/call', ({ params }, context) => {
    const fixture = fixtures.get(params.name)
    return fixture === undefined ? own.callTool(params, context) : fixture.run(params.arguments ?? {}, context)
  })
  server.setRequestHandler('prompts/list', listPrompts)
  server.setRequestHandler('prompts/get', ({ params }, context) =>
    getPrompt(params.name, params.arguments ?? {}, context),
  )
  extendResources(server, own)
}

function extendResources(server: Server, own: Handlers): void {
  server.setRequestHandler('resources/list', async (_request, context) => ({
    resources: [...(await own.listResources(context)).resources, ...resources],
  }))
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [...own.listResourceTemplates().resourceTemplates, ...templates],
  }))
  server.setRequestHandler('resources/read', ({ params }, context) => {
    const content = contentOf(params.uri)
    return content === undefined ? own.readResource(params, context) : { contents: [content] }
  })
  server.setRequestHandler('resources/subscribe', () => ({}))
  server.setRequestHandler('resources/unsubscribe', () => ({}))
}
