import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { isSpecType } from '@modelcontextprotocol/server'
import Type from 'typebox'
import { ConfigError } from '../../src/config.ts'
import { makeTools, type ToolOptions, toolSnapshots, wireName } from '../../src/mcp/tools.ts'
import { defineChange, defineDecision, type Operation } from '../../src/operations/define.ts'
import { operations } from '../../src/operations/index.ts'
import { CORE, readToolsets } from '../../src/operations/toolsets.ts'
import { Closed } from '../../src/schema.ts'
import { eras } from './support/clients.ts'
import { openDoor } from './support/door.ts'
import { planOf } from '../support/plan.ts'

const toolsOf = (words: string[], options: Partial<ToolOptions> = {}, offered: readonly Operation[] = operations) =>
  makeTools(offered, { names: 'wire', toolset: readToolsets(words, offered), readOnly: false, ...options })

/** Operations that agents can call: all but the decisions of people. */
const OFFERED = operations.filter((each) => each.kind !== 'decision' || each.doors.includes('mcp'))

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every schema inside a schema, with the path that leads to it. */
function* schemasIn(value: unknown, path: string): Generator<[string, Record<string, unknown>]> {
  if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* schemasIn(each, `${path}/${index}`)
  if (!isObject(value)) return
  yield [path, value]
  for (const [key, each] of Object.entries(value)) yield* schemasIn(each, `${path}/${key}`)
}

suite('the tool of every operation', () => {
  const tools = toolsOf(['all'])

  test('has a name that every client takes, and no other tool has it', () => {
    for (const { name } of tools.all) assert.match(name, /^[a-z][a-z0-9_]{2,39}$/)
    assert.equal(new Set(tools.all.map((tool) => tool.name)).size, OFFERED.length)
    // approve, deny, resolve and uploadChart are for people and programs.
    assert.equal(OFFERED.length, operations.length - 4)
    assert.equal(wireName('infra.k8s.pods.listPods'), 'k8s_pods_list_pods')
  })

  test('is found by its wire name and by its dotted name, and by nothing else', () => {
    for (const operation of OFFERED)
      assert.deepEqual([tools.find(operation.name), tools.find(wireName(operation.name))], [operation, operation])
    for (const name of ['', 'constructor', '__proto__', 'K8S_PODS_LIST_PODS', 'k8s_pods'])
      assert.equal(tools.find(name), undefined)
  })

  test('has a title, a description of less than 2 KB and every hint; a read says what it answers', () => {
    for (const { name, title, description = '', annotations = {}, outputSchema } of tools.all) {
      assert.ok(title !== undefined && title !== '', name)
      assert.ok(description.length > 10 && Buffer.byteLength(description) < 2048, name)
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'])
        assert.ok(hint in annotations, `${name}: ${hint}`)
      const isRead = tools.find(name)?.kind === 'read'
      assert.equal(outputSchema?.type, isRead ? 'object' : undefined, name)
    }
  })

  test('takes a flat object: every field described, nothing that large providers or Go clients refuse', () => {
    for (const { name, inputSchema } of tools.all) {
      assert.equal(inputSchema.type, 'object', name)
      for (const [field, schema] of Object.entries(inputSchema.properties ?? {}))
        assert.ok(
          isObject(schema) && typeof schema.description === 'string' && schema.description !== '',
          `${name}: ${field} is not described`,
        )
      for (const [path, schema] of schemasIn(inputSchema, name))
        for (const refused of ['anyOf', 'oneOf', 'allOf', '$ref', '$defs', 'not', 'pattern'])
          assert.ok(!(refused in schema) || path.endsWith('/properties'), `${path} has ${refused}`)
      assert.match(JSON.stringify(inputSchema), /^[\x20-\x7e]*$/, `${name} is not ASCII`)
    }
  })

  test('lists no parameter that is rare or for REST alone, and says of the others what a model needs', () => {
    const fieldsOf = (name: string) => tools.all.find((tool) => tool.name === name)?.inputSchema.properties ?? {}
    assert.deepEqual(Object.keys(fieldsOf('k8s_approvals_list_approvals')), ['limit', 'continue'])
    assert.deepEqual(Object.keys(fieldsOf('k8s_approvals_get_approval')), ['id', 'wait'])
    const { limit, fieldSelector, format } = fieldsOf('k8s_pods_list_pods')
    assert.deepEqual(limit, { type: 'integer', maximum: 500, default: 100, description: 'Most items.' })
    assert.ok(isObject(fieldSelector) && format === undefined)
    const { env, pod } = fieldsOf('k8s_pods_create_pod')
    assert.deepEqual(isObject(env) && env['additionalProperties'], { type: 'string' })
    assert.deepEqual(pod, { type: 'object', description: 'A whole Pod instead.' })
    assert.ok(!JSON.stringify(tools.all).includes('x-mcp'))
  })

  test('answers no root that clients refuse', () => {
    for (const { name, outputSchema = {} } of tools.all)
      for (const refused of ['anyOf', 'oneOf', 'allOf', '$ref'])
        assert.ok(!(refused in outputSchema), `${name} has ${refused}`)
  })

  test('says which operation it is, so that a gateway can map names', () => {
    assert.deepEqual(
      tools.all.map(({ _meta: meta }) => meta?.['k8s-mcp/operation']),
      OFFERED.map((operation) => operation.name),
    )
  })

  test('is pinned by a snapshot, so that what clients see changes only on purpose (npm run generate)', () => {
    const folder = join(import.meta.dirname, '..', 'contract', 'tools')
    const snapshots = toolSnapshots(tools)
    assert.deepEqual(readdirSync(folder).toSorted(), [...snapshots.keys()].toSorted())
    for (const [file, tool] of snapshots) {
      const pinned: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      assert.deepEqual(pinned, tool, file)
    }
  })

  test('marks text of strangers wherever an operation can answer some', () => {
    const carriers = [
      'cluster.listEvents',
      'pods.getPod',
      'pods.getPodLogs',
      'resources.listResources',
      'resources.getResource',
      'resources.describeResource',
      'apply.diffManifest',
    ]
    const unmarked = carriers
      .map((name) => tools.find(`infra.k8s.${name}`))
      .filter((each) => each?.kind === 'read' && each.untrusted === false)
    assert.deepEqual(
      unmarked.map((each) => each?.name),
      [],
    )
  })
})

suite('what tools/list shows', () => {
  const visible = (words: string[]) =>
    toolsOf(words).listed.reduce(
      (sum, { name, description, inputSchema }) =>
        sum + Buffer.byteLength(JSON.stringify({ name, description, inputSchema })),
      0,
    )

  test('fits a model: core in 16 KB, all in 28 KB', () => {
    assert.ok(visible(['core']) <= 16 * 1024, `core has ${visible(['core'])} bytes`)
    assert.ok(visible(['all']) <= 28 * 1024, `all has ${visible(['all'])} bytes`)
  })

  test('is in documented order, the same every time', () => {
    assert.deepEqual(
      toolsOf(['all']).listed.map((tool) => tool.name),
      OFFERED.map((operation) => wireName(operation.name)),
    )
    assert.deepEqual(toolsOf(['core']).listed, toolsOf(['core']).listed)
  })

  test('is core by default, and core has only operations that exist', () => {
    const there = new Set<string>(operations.map((operation) => operation.name))
    assert.deepEqual(
      CORE.filter((name) => !there.has(name)),
      [],
    )
    assert.deepEqual(
      toolsOf(['core']).listed.map((tool) => tool.name),
      OFFERED.filter(({ name }) => CORE.includes(name)).map(({ name }) => wireName(name)),
    )
  })

  test('has dotted names where a gateway wants them', () => {
    assert.deepEqual(
      toolsOf(['all'], { names: 'dotted' }).listed.map((tool) => tool.name),
      OFFERED.map((operation) => operation.name),
    )
  })

  test('has the groups that TOOLSETS names, and those are all that may be called', () => {
    const toolset = readToolsets(['pods', 'cluster'], operations)
    assert.deepEqual(toolset.groups, new Set(['pods', 'cluster']))
    for (const { name } of toolsOf(['pods', 'cluster']).listed) assert.match(name, /^k8s_(pods|cluster)_/)
    assert.equal(readToolsets(['core'], operations).groups, undefined)
  })

  test('a word that is no toolset stops the start, one line each', () => {
    const lines = (words: string[]) => {
      try {
        readToolsets(words, operations)
      } catch (error) {
        assert.ok(error instanceof ConfigError)
        return error.lines
      }
      return []
    }
    assert.match(
      lines(['podz'])[0] ?? '',
      /^TOOLSETS: "podz" is not a toolset\. Did you mean pods\? Toolsets: core, all, server, cluster, pods/,
    )
    assert.equal(lines(['podz', 'pods', 'x']).length, 2)
    assert.match(lines(['core', 'pods'])[0] ?? '', /core stands alone/)
    assert.match(lines([])[0] ?? '', /TOOLSETS is empty/)
  })

  for (const era of eras)
    test(`core shortens the list, not what can be called; groups refuse the rest (${era.name})`, async () => {
      const core = await openDoor({ toolsets: ['core'] })
      const client = await era.http({ url: core.url })
      const listed = (await client.tools()).map((tool) => tool.name)
      assert.ok(listed.includes('k8s_resources_get_resource') && !listed.includes('k8s_echo_say_back'))
      assert.equal((await client.call('k8s_echo_say_back', { words: 'x' })).text, 'x')
      await client.close()
      await core.close()
      const echo = await openDoor({ toolsets: ['echo'] })
      const other = await era.http({ url: echo.url })
      const refused = await other.call('k8s_other_fail_always', { how: 'known' })
      assert.equal(
        refused.text,
        'operation_disabled: infra.k8s.other.failAlways is not offered here: the toolset "other" is not one of TOOLSETS.',
      )
      await other.close()
      await echo.close()
    })
})

suite('changes and decisions', () => {
  const words = Closed({ id: Type.String({ description: 'Id.' }) })
  const about = { title: 'Test', description: 'A test.', input: words, output: words }
  const change = defineChange({
    ...about,
    name: 'infra.k8s.pods.deletePod',
    effect: { destructive: true, idempotent: true },
    steps: words,
    changes: 'cluster',
    plan: async (input) => planOf(input),
    execute: async (steps) => ({ outcome: 'succeeded', output: steps }),
    evidence: async () => ({ outcome: 'unknown', text: '' }),
  })
  const decision = (name: `infra.k8s.${string}`, doors: ('rest' | 'mcp')[]) =>
    defineDecision({ ...about, name, doors, by: 'person', handle: async (input) => input, text: ({ id }) => id })
  const offered = [
    change,
    decision('infra.k8s.approvals.approve', ['rest']),
    decision('infra.k8s.approvals.cancelApproval', ['rest', 'mcp']),
  ]

  test('a change says what it does to the world', () => {
    const [tool] = toolsOf(['all'], {}, offered).listed
    assert.deepEqual(tool?.annotations, {
      title: 'Test',
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: true,
    })
  })

  test('a read-only server does not list changes', () => {
    assert.deepEqual(toolsOf(['all'], { readOnly: true }, offered).listed, [])
  })

  test('a decision that is not for agents has no tool and no name', () => {
    const tools = toolsOf(['all'], {}, offered)
    assert.deepEqual(
      [tools.find('infra.k8s.approvals.approve'), tools.find('k8s_approvals_approve')],
      [undefined, undefined],
    )
    assert.deepEqual(
      tools.listed.map((tool) => tool.name),
      ['k8s_pods_delete_pod', 'k8s_approvals_cancel_approval'],
    )
    assert.ok(!tools.nearest('approve').includes('k8s_approvals_approve'))
  })
})

test('every tool is one that the protocol allows', () => {
  const { all } = makeTools(operations, { names: 'wire', toolset: readToolsets(['all'], operations), readOnly: false })
  assert.ok(all.length > 0)
  assert.deepEqual(
    all.filter((tool) => !isSpecType.Tool(tool)),
    [],
  )
})
