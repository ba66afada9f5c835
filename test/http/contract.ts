import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** An answer as it came over the wire. */
export interface Exchange {
  method: string
  /** Path with its values, without query. */
  path: string
  status: number
  contentType: string | undefined
  body: string
}

type Json = Record<string, unknown>

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((each, key) => (isJson(each) ? each[key] : undefined), value)

/**
 * Checks answers against an OpenAPI document: the path and method are described, the status and media type too, and a JSON
 * body fits its schema. Answers what does not fit, one sentence each.
 */
export function contractOf(document: unknown): (exchange: Exchange) => string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema({ $id: 'openapi', components: at(document, 'components') })
  const compiled = new Map<unknown, ValidateFunction>()
  const validatorOf = (schema: Json) => {
    const known = compiled.get(schema) ?? ajv.compile(rooted(schema))
    compiled.set(schema, known)
    return known
  }
  return (exchange) => {
    const template = Object.keys(pathsOf(document)).find((each) => fits(each, exchange.path))
    const operation = at(document, 'paths', template ?? '', exchange.method.toLowerCase())
    if (!isJson(operation)) return [`${exchange.method} ${exchange.path} is not described`]
    const answer = at(operation, 'responses', String(exchange.status)) ?? at(operation, 'responses', 'default')
    const type = (exchange.contentType ?? '').split(';')[0] ?? ''
    const schema = at(answer, 'content', type, 'schema')
    if (!isJson(schema)) return [`${exchange.method} ${template}: ${exchange.status} ${type} is not described`]
    if (!type.endsWith('json')) return []
    const validate = validatorOf(schema)
    return validate(JSON.parse(exchange.body))
      ? []
      : (validate.errors ?? []).map((fault) => `${template} ${fault.instancePath} ${fault.message}`)
  }
}

const pathsOf = (document: unknown): Json => {
  const paths = at(document, 'paths')
  return isJson(paths) ? paths : {}
}

/** Literal paths are described before templates that would match them too. */
function fits(template: string, path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  // OpenAPI has no word for a path below a page: the parameter that ends it stands for the rest.
  if (wanted.at(-1) === '{path}') given.splice(wanted.length - 1, Infinity, given.slice(wanted.length - 1).join('/'))
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith('{') || part === given[index])
}

const rooted = (schema: Json): Json => ('$ref' in schema ? { $ref: `openapi${String(schema.$ref)}` } : schema)
