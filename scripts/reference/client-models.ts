import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// The models of @kubernetes/client-node, read line by line: names, types and formats from the .js, texts and what is required from the .d.ts.

export interface ClientField {
  name: string
  /** As the client has it: `string`, `Array<V1Container>`, `{ [key: string]: string; }`. */
  type: string
  format: string
  required: boolean
  description: string
}

export interface ClientModel {
  description: string
  fields: ClientField[]
}

const COMMENT = String.raw`/\*\*\n((?:(?!\*/)[\s\S])*)\*/\n`
const CLASS = new RegExp(`${COMMENT}export declare class `)
const MEMBER = new RegExp(String.raw`(?: {4}${COMMENT})? {4}'([^']+)'(\?)?: `, 'g')
const ATTRIBUTE =
  /"name": ("(?:[^"\\]|\\.)*"),\s*"baseName": ("(?:[^"\\]|\\.)*"),\s*"type": "([^"]*)",\s*"format": "([^"]*)"/g

/** The model of a class name. Throws where the package has no such file. */
export function readModel(folder: string, name: string): ClientModel {
  const file = join(folder, 'dist/gen/models', name)
  const declared = readFileSync(`${file}.d.ts`, 'utf8')
  const members = membersOf(declared)
  const attributes = [...readFileSync(`${file}.js`, 'utf8').matchAll(ATTRIBUTE)]
  const fields = attributes.map(([, own = '""', wire = '""', type = '', format = '']) => {
    const member = members.get(textOf(own))
    if (member === undefined) throw new Error(`${name}: ${own} is not declared.`)
    return { name: textOf(wire), type, format, ...member }
  })
  return { description: comment(CLASS.exec(declared)?.[1]), fields }
}

function textOf(literal: string): string {
  const value: unknown = JSON.parse(literal)
  return String(value)
}

function membersOf(declared: string): Map<string, { required: boolean; description: string }> {
  const members = new Map<string, { required: boolean; description: string }>()
  for (const [, text, name = '', optional] of declared.matchAll(MEMBER))
    members.set(name, { required: optional === undefined, description: comment(text) })
  return members
}

/** The text of a block comment's inside, without the stars before its lines and the backslashes that the generators put into it. */
export const comment = (inside = ''): string =>
  inside
    .split('\n')
    .map((line) => line.replace(/^ *\* ?/, ''))
    .join('\n')
    .replaceAll(/\\(["'*/\\])/g, '$1')
    .trim()
