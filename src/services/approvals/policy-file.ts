import { readFileSync } from 'node:fs'
import { Compile } from 'typebox/compile'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { Problem, problems } from '../../errors.ts'
import { makePolicy, type Policy, type PolicySettings } from './policy.ts'
import { NO_RULES, PolicyFile } from './policy-schema.ts'

const validator = Compile(PolicyFile)

/** Reads the text of a policy. Throws `bad_policy` with every fault, its line and its column (from 1). `name`: of the file, for the reader. */
export function readPolicy(text: string, name: string): PolicyFile {
  const counter = new LineCounter()
  const document = parseDocument(text, {
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
    lineCounter: counter,
    logLevel: 'silent',
  })
  const syntax = document.errors.map(({ pos, message }) => `${placed(counter, pos[0])} ${message.replace(/\.$/, '')}`)
  if (syntax.length > 0) throw problems.badPolicy(name, syntax)
  const value = plainValue(document, name)
  if (!validator.Check(value)) throw problems.badPolicy(name, schemaFaults(value, document, counter))
  const faults = ruleFaults(value, document, counter)
  if (faults.length > 0) throw problems.badPolicy(name, faults)
  return value
}

// Aliases are refused: who reviews a policy must see each rule where it stands.
function plainValue(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    throw problems.badPolicy(name, [error instanceof Error ? error.message : 'it is not plain YAML'])
  }
}

function schemaFaults(value: unknown, document: Document.Parsed, counter: LineCounter): string[] {
  const faults = validator.Errors(value).flatMap(({ instancePath, message, keyword }) => {
    // A closed object is reported once per unknown field, and once as a whole; the second says nothing to a reader.
    if (keyword === 'additionalProperties') return []
    const path = instancePath.split('/').slice(1)
    const what = keyword === 'boolean' ? 'is not a field of a policy' : message
    return [`${whereOf(document, counter, path)} ${path.join('.') || 'the policy'} ${what}`]
  })
  return [...new Set(faults)].slice(0, 10)
}

function ruleFaults({ rules }: PolicyFile, document: Document.Parsed, counter: LineCounter): string[] {
  const names = new Set<string>()
  return rules.flatMap((rule, index) => {
    const at = whereOf(document, counter, ['rules', String(index)])
    const acts = [rule.deny, rule.require, rule.auto].filter((act) => act !== undefined).length
    const faults = acts === 1 ? [] : [`${at} rule "${rule.name}" must have exactly one of deny, require and auto`]
    if (names.has(rule.name)) faults.push(`${at} there are two rules "${rule.name}"`)
    names.add(rule.name)
    return faults
  })
}

/** The place of a path; where nothing stands there (a field that is missing), of what it is missing from. */
function whereOf(document: Document.Parsed, counter: LineCounter, path: readonly string[]): string {
  const keys = path.map((key) => (/^\d+$/.test(key) ? Number(key) : key))
  const node = document.getIn(keys, true)
  if (isNode(node) && node.range) return placed(counter, node.range[0])
  return path.length === 0 ? 'line 1, column 1:' : whereOf(document, counter, path.slice(0, -1))
}

function placed(counter: LineCounter, offset: number): string {
  const { line, col } = counter.linePos(offset)
  return `line ${line}, column ${col}:`
}

/** The policy that holds now. */
export interface PolicySource {
  readonly current: Policy
  /** Why the file could not be used when it was read last; the policy of before holds. */
  readonly problem: Problem | undefined
  /** Reads the file again. Where it cannot be used the old policy goes on to hold, and the problem is given back. */
  reload(): { changed: boolean; problem?: Problem }
  /** What another text would be as a policy here, to try it. Throws `bad_policy`. */
  tried(text: string, name: string): Policy
}

/**
 * The policy of a file, or without one: a person for every change. `settings` are asked for at each load. Throws `bad_policy`.
 */
export function policySource(path: string | undefined, settings: () => PolicySettings): PolicySource {
  const load = () => makePolicy(path === undefined ? NO_RULES : readPolicy(textOf(path), path), settings())
  let current = load()
  let problem: Problem | undefined
  return {
    get current() {
      return current
    },
    get problem() {
      return problem
    },
    tried: (text, name) => makePolicy(readPolicy(text, name), settings()),
    reload() {
      try {
        const before = current.version
        current = load()
        problem = undefined
        return { changed: current.version !== before }
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        problem = error
        return { changed: false, problem }
      }
    },
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw problems.badPolicy(path, [`it cannot be read (${code})`])
  }
}
