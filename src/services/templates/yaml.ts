import { Document, isMap, isScalar, isSeq, Scalar, type ScalarTag, type Tags } from 'yaml'
import { stringifyString } from 'yaml/util'
import type { KubeObject } from '../../kubernetes/types.ts'
import { kubectlReading } from '../manifests/scalars.ts'
import { reasonsOf } from './why.ts'

/**
 * The objects as YAML documents, with the reasons that `why` gave as comments. Every text is written so that YAML 1.1 (kubectl) and
 * 1.2 read it back as the same text; what hides or turns text is escaped.
 */
export const toYaml = (objects: readonly KubeObject[], head: string): string =>
  `# ${head}\n${objects.map(documentOf).join('---\n')}`

/** A value as JSON that reads the same as YAML does, and shows what would hide or turn text. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(UNSEEN, (each) => (each === '\n' ? each : escapedUnits(each)))

function documentOf(object: KubeObject): string {
  const document = new Document(object, { aliasDuplicateObjects: false, customTags })
  explain(document.contents, object)
  return document.toString({ lineWidth: 0, indentSeq: false })
}

function explain(node: unknown, value: unknown): void {
  if (isSeq(node) && Array.isArray(value)) node.items.forEach((item, index) => explain(item, value[index]))
  if (!isMap(node) || typeof value !== 'object' || value === null) return
  const reasons = reasonsOf(value)
  for (const { key, value: below } of node.items) {
    if (!isScalar(key)) continue
    const name = String(key.value)
    const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined
    if (reason !== undefined) key.commentBefore = ` ${reason}`
    explain(below, Reflect.get(value, name))
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

const textTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  identify: isText,
  resolve: (text) => text,
  stringify(item, context) {
    const text = String(item.value)
    if (isPlain(text)) return text
    return isBlock(text) && !context.implicitKey ? stringifyString(asBlock(text), context) : quoted(text)
  },
}

const customTags = (tags: Tags): Tags =>
  tags.map((each) => (typeof each === 'object' && each.tag === textTag.tag ? textTag : each))

/** Words, names, paths, images and amounts that no reader of YAML takes for anything but text. */
const WORD = /^[A-Za-z/](?:[A-Za-z0-9_./@-]|:(?=[A-Za-z0-9_./@-]))*$/
/** A number without digits before its exponent, to some readers. */
const EXPONENT = /^[eE]-?[0-9]+$/
const AMOUNT = /^[1-9][0-9]{0,5}(?:m|Mi|Gi|Ti)$/
const isPlain = (text: string): boolean =>
  AMOUNT.test(text) || (WORD.test(text) && !EXPONENT.test(text) && text.length <= 500 && kubectlReading(text) === text)

/** Lines of printable ASCII that end in no space, and at most one line feed at the end: in a block nothing is folded or dropped. */
const BLOCK = /^[!-~](?:[ -~]*[!-~])?(?:\n(?:[ -~]*[!-~])?)+$/
const isBlock = (text: string): boolean => text.length <= 65_536 && !text.endsWith('\n\n') && BLOCK.test(text)
const asBlock = (value: string) => ({ value, type: Scalar.BLOCK_LITERAL })

// Controls, what Unicode says to ignore (zero width, bidi), separators of lines: visible as escapes, and the same to every reader.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const quoted = (text: string): string => JSON.stringify(text).replace(UNSEEN, escaped)

// A pair of surrogates, as JSON would write it, is no character to YAML.
function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`
}

const escapedUnits = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => escaped(character.charAt(at))).join('')
