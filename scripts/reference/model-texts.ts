import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { comment } from './client-models.ts'

// The declarations of kubernetes-models: they have the texts that client-node leaves out of fields with a type of their own, and the enums.

export interface TextField {
  description: string
  /** As declared, in one line: `Array<IIoK8sApiCoreV1Container>`, `"TCP" | "UDP"`. */
  type: string
}

export interface TextModel {
  /** Unique name: `IoK8sApiAppsV1Deployment`. */
  name: string
  /** Where it is declared, from the package's root: `apps/v1/Deployment`. */
  place: string
  description: string
  fields: ReadonlyMap<string, TextField>
}

const COMMENT = String.raw`/\*\*\n((?:(?!\*/)[\s\S])*)\*/\n`
const INTERFACE = new RegExp(`(?:${COMMENT})?export interface I\\w+(?: extends TypeMeta)? \\{\\n([\\s\\S]*?)^\\}`, 'm')
const FIELD = new RegExp(String.raw`(?: {4}${COMMENT})? {4}"([^"]+)"\??: (\{\n[\s\S]*?^ {4}\}|[^\n]*);\n`, 'gm')
const NAMES = /export type \{ (I\w+) as I(IoK8s\w+)/

/** Every model, found by name and by place. */
export class TextModels {
  readonly #named = new Map<string, TextModel>()
  readonly #placed = new Map<string, TextModel>()

  /** `packages`: the folder that kubernetes-models and @kubernetes-models are in. */
  constructor(packages: string) {
    const own = globSync('kubernetes-models/**/*.d.ts', { cwd: packages })
    const shared = globSync('@kubernetes-models/apimachinery/**/*.d.ts', { cwd: packages })
    for (const file of [...own, ...shared]) if (!/_schemas|index\.d\.ts$/.test(file)) this.#add(packages, file)
  }

  /** By a name of a declaration: `IoK8sApiAppsV1Deployment`. */
  named(name: string): TextModel | undefined {
    return this.#named.get(name)
  }

  /** That of a kind. */
  ofKind(group: string, version: string, kind: string): TextModel | undefined {
    return this.#placed.get(join(group, version, kind))
  }

  /** That of the same kind in any other version of its group. */
  ofAnyVersion(group: string, kind: string): TextModel | undefined {
    return ['v1', 'v2', 'v1beta1']
      .map((version) => this.ofKind(group, version, kind))
      .find((each) => each !== undefined)
  }

  #add(packages: string, file: string): void {
    const text = readFileSync(join(packages, file), 'utf8')
    const [, own = '', name] = NAMES.exec(text) ?? []
    if (name === undefined) return
    const [, description, body = ''] = INTERFACE.exec(text) ?? []
    const place = file.replace(/^(?:@kubernetes-models\/apimachinery|kubernetes-models)\/(.*)\.d\.ts$/, '$1')
    // A type that refers to itself does so by the short name of its own file.
    const fields = fieldsOf(body.replaceAll(new RegExp(`\\b${own}\\b`, 'g'), `I${name}`))
    const model = { name, place, description: comment(description), fields }
    this.#named.set(name, model)
    this.#placed.set(place, model)
  }
}

function fieldsOf(body: string): Map<string, TextField> {
  const fields = new Map<string, TextField>()
  for (const [, text, name = '', type = ''] of body.matchAll(FIELD))
    fields.set(name, { description: comment(text), type: type.replaceAll(/\s+/g, ' ') })
  return fields
}

/** The model that a declared type leads to: `IoK8sApiCoreV1Container` of `Array<IIoK8sApiCoreV1Container>`. */
export const modelIn = (type: string): string | undefined => /\bI(IoK8s\w+)/.exec(type)?.[1]

/** The values of a declared enum, of its elements where it is a list or map of one; undefined where it is none. */
export function enumIn(type: string): string[] | undefined {
  const inner = type.replace(/^Array<(.*)>$/, '$1').replace(/^\{ \[key: string\]: (.*); \}$/, '$1')
  if (!/^"[^"]*"(?: \| "[^"]*")*$/.test(inner)) return undefined
  return inner.split(' | ').map((literal) => literal.slice(1, -1))
}
