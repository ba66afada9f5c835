import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Problem } from '../../src/errors.ts'
import type { Template } from '../../src/services/templates/define.ts'
import { Templates } from '../../src/services/templates/templates.ts'
import { templates } from '../../templates/index.ts'
import { isRecord } from '../cluster/client.ts'
import { at, listAt, textAt } from '../support/json.ts'

export type Values = Record<string, unknown>

/** A template by its name. */
export function templateOf(name: string): Template {
  const found = templates.find((each) => each.name === name)
  return found ?? assert.fail(`no template ${name}`)
}

const filling = new Templates()

/** What a template makes of these parameters. */
export const filled = (name: string, parameters: Values = {}) => filling.get(name, parameters, { format: 'json' })
export const yamlOf = async (name: string, parameters: Values = {}) =>
  (await filling.get(name, parameters, { format: 'yaml' })).content

/** Why parameters are refused; fails where they are not. */
export async function faultOf(name: string, parameters: Values): Promise<Problem> {
  const answer = await filled(name, parameters).catch((error: unknown) => error)
  assert.ok(answer instanceof Problem, `taken: ${JSON.stringify(parameters).slice(0, 300)}`)
  return answer
}

// What no pattern can say by itself, or with assertions that the generator does not know.
const SAMPLES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  image: fc.constantFrom(
    'nginx:1.27.4',
    'registry.example.com:5000/shop/web:v2',
    'a/b/c:1',
    `ghcr.io/shop/web@sha256:${'0a'.repeat(32)}`,
    `shop/web_api:1.0-rc.1@sha256:${'f'.repeat(64)}`,
  ),
  schedule: fc.constantFrom('* * * * *', '@hourly', '*/5 0-6,12 1,15 * 1-5', '59 23 31 12 6', '@monthly'),
  timeZone: fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia', 'Asia/Kolkata'),
}

/** Texts that mean something to YAML, JSON, templates, shells and people's eyes. */
export const METACHARACTERS: readonly string[] = [
  [
    '',
    ' ',
    ' a ',
    '-',
    '- a',
    '? a',
    ': a',
    'a: b',
    'a #b',
    '# a',
    '&a b',
    '*a',
    '!!int 1',
    '!a',
    '|',
    '>',
    '%YAML 1.1',
  ],
  [
    '---',
    '--- a',
    '...',
    '\n---\nkind: Secret\n',
    'a\n...\n',
    '{',
    '}',
    '{}',
    '[a',
    '[]',
    ', a',
    '"',
    "'",
    '\\',
    '\\n',
    '`',
  ],
  [
    'yes',
    'No',
    'on',
    'y',
    'true',
    'null',
    '~',
    '0x1F',
    '017',
    '0o17',
    '1_000',
    '1e3',
    '.inf',
    '.nan',
    '12:30',
    '2026-01-01',
  ],
  [
    '<<',
    '=',
    '@a',
    'a: &x\n b: *x',
    'a\nb: c',
    'a\n  b: c\n',
    '\ta',
    'a\t',
    'a\n',
    'a\n\n',
    '\n',
    '\na',
    ' a\nb',
    'a \nb\n',
  ],
  [
    '{{ .Values.a }}',
    '{{- end }}',
    '$(HOME)',
    '${HOME}',
    '$1',
    '<b>&amp;</b>',
    '*/',
    '"; rm -rf / #',
    "' or 1=1",
    '%00',
  ],
  [
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\u202eevil\u202c',
    '\u200b',
    '\u00ad',
    '\u{e0001}',
    '\uffff',
    'é',
    '日本',
    '👩‍👩‍👧',
  ],
  'x'.repeat(3000),
].flat()

// No text with which a schema says that it takes any.
const isFree = (schema: unknown) => String(at(schema, 'pattern')).includes('\\ud800')
const freeText = (most: number) =>
  fc
    .oneof(fc.constantFrom(...METACHARACTERS), fc.string({ maxLength: 60, unit: 'binary' }), fc.lorem())
    .filter((text) => text.length <= most && !CONTROL.test(text) && text.isWellFormed())
const CONTROL = /(?![\t\n\u0080-\u009f])\p{Cc}/u

function textFor(schema: unknown): fc.Arbitrary<string> {
  if (!isFree(schema)) return fc.stringMatching(new RegExp(textAt(schema, 'pattern')))
  const prefix = /^\^\(\?:\(\?:(.*?)\)=/.exec(textAt(schema, 'pattern'))?.[1]
  if (prefix === undefined) return freeText(400)
  const key = fc.stringMatching(new RegExp(`^(?:${prefix})$`)).filter((each) => each.length <= 60)
  return fc.tuple(key, freeText(1000)).map(([name, value]) => `${name}=${value}`)
}

/** Any value that a parameter takes. */
function valueFor(name: string, schema: unknown): fc.Arbitrary<unknown> {
  const choices: unknown = at(schema, 'enum')
  if (Array.isArray(choices)) return fc.constantFrom(...choices)
  const type = at(schema, 'type')
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer') return fc.integer({ min: Number(at(schema, 'minimum')), max: Number(at(schema, 'maximum')) })
  if (type === 'array') return listFor(name, schema)
  const sample = Object.entries(SAMPLES).find(([each]) => name.toLowerCase().endsWith(each.toLowerCase()))
  const most = Number(at(schema, 'maxLength') ?? Number.POSITIVE_INFINITY)
  return sample?.[1] ?? textFor(schema).filter((text) => text.length <= most)
}

function listFor(name: string, schema: unknown): fc.Arbitrary<unknown[]> {
  const item = valueFor(name, at(schema, 'items'))
  const isSet = at(schema, 'uniqueItems') === true || at(schema, 'x-pairs') === true
  const size = { maxLength: Math.min(5, Number(at(schema, 'maxItems'))) }
  if (!isSet) return fc.array(item, size)
  const selector = (each: unknown) => String(each).split('=', 1)[0]
  return fc.uniqueArray(item, { ...size, selector })
}

/** Any parameters that a template takes; those in `fixed` as they are. */
export function valuesFor(template: Template, fixed: Values = {}): fc.Arbitrary<Values> {
  const { parameters } = template
  const generated = Object.entries(parameters.properties)
    .filter(([name]) => !(name in fixed))
    .map(([name, schema]) => [name, valueFor(name, schema)] as const)
  const fits = (values: Values) => template.check(template.checker().Default(structuredClone(values))) === undefined
  return fc
    .record(Object.fromEntries(generated), { requiredKeys: [] })
    .map((values): Values => ({ ...values, ...fixed }))
    .filter(fits)
}

/** Every text of an object at every depth, keys included. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isRecord(value) ? Object.entries(value).flatMap(([key, each]) => [key, ...textsOf(each)]) : []
}

/** The specs of the Pods that an object makes; what it claims for them is a folder here. */
export function podSpecsOf(object: Record<string, unknown>): unknown[] {
  const spec = object['spec']
  if (object['kind'] === 'Pod') return [spec]
  const claimed = listAt(spec, 'volumeClaimTemplates').map((each) => ({
    name: at(each, 'metadata', 'name'),
    emptyDir: {},
  }))
  const template = at(spec, 'template', 'spec') ?? at(spec, 'jobTemplate', 'spec', 'template', 'spec')
  if (!isRecord(template)) return []
  return [{ ...template, volumes: [...listAt(template, 'volumes'), ...claimed] }]
}
