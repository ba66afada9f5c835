import { type DocumentOptions, type ParseOptions, parseDocument, type SchemaOptions } from 'yaml'
import type { KubeObject } from '../../kubernetes/types.ts'
import { isRecord } from '../manifests/json.ts'
import { isObject } from '../manifests/shape.ts'
import { isTooDeep } from './nesting.ts'

/** An object that a chart was rendered to. */
export interface RenderedObject {
  object: KubeObject
  /** Template it came from, as Helm notes it before each document; '' where it does not. */
  source: string
}

/** A document that is no object, and why. The sentence has nothing of the document in it. */
export interface RenderedFault {
  source: string
  /** Line of the manifest that the document starts at, from 1. */
  line: number
  text: string
}

/** What a chart was rendered to. */
export interface RenderedManifest {
  /** Without hooks, in the order of the text. */
  objects: RenderedObject[]
  /** Objects with the annotation helm.sh/hook. */
  hooks: RenderedObject[]
  faults: RenderedFault[]
}

/** Annotation that makes an object a hook. */
const HOOK = 'helm.sh/hook'

interface Part {
  text: string
  line: number
}

const MARK = /^---(?=[ \t\r\n]|$)/gm
const SOURCE = /^# Source: (.{1,500})$/m

// Helm reads YAML as Go does: version 1.1 without dates, bytes and base 60.
const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.1',
  merge: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === 'string' || (tag.format !== 'TIME' && !/timestamp|binary/.test(tag.tag))),
}

/** Reads everything that Helm rendered, document by document: what is wrong with one leaves the others. */
export function parseRendered(text: string): RenderedManifest {
  const manifest: RenderedManifest = { objects: [], hooks: [], faults: [] }
  for (const part of partsOf(text)) readPart(part, manifest)
  return manifest
}

function partsOf(text: string): Part[] {
  const starts = [0, ...[...text.matchAll(MARK)].map(({ index }) => index)]
  let line = 1
  return starts.map((start, at) => {
    const part = text.slice(start, starts[at + 1])
    const here = line
    line += part.split('\n').length - 1
    return { text: part, line: here }
  })
}

function readPart({ text, line }: Part, { objects, hooks, faults }: RenderedManifest): void {
  const source = SOURCE.exec(text)?.[1]?.trim() ?? ''
  const value = valueOf(text)
  if (value === null) return
  for (const each of value === undefined ? [undefined] : expand(value)) {
    if (!isObject(each)) faults.push({ source, line, text: each === undefined ? NO_YAML : NO_OBJECT })
    else if (isTooDeep(each)) faults.push({ source, line, text: TOO_DEEP })
    else if (isHook(each)) hooks.push({ object: each, source })
    else objects.push({ object: each, source })
  }
}

const NO_YAML = 'it is not YAML'
const TOO_DEEP = 'it is nested too deeply'
const NO_OBJECT = 'it is not a Kubernetes object with apiVersion, kind and metadata.name'

/** undefined: it cannot be read. */
function valueOf(text: string): unknown {
  try {
    const document = parseDocument(text, OPTIONS)
    return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 })
  } catch {
    return undefined
  }
}

const expand = (value: unknown): unknown[] =>
  isRecord(value) &&
  typeof value['kind'] === 'string' &&
  value['kind'].endsWith('List') &&
  Array.isArray(value['items'])
    ? value['items']
    : [value]

const isHook = ({ metadata }: KubeObject) => isRecord(metadata.annotations) && Object.hasOwn(metadata.annotations, HOOK)
