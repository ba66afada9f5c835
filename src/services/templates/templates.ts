import type { TObject } from 'typebox'
import { problems } from '../../errors.ts'
import { nearestNames } from '../../nearest.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import type { Cluster } from '../cluster.ts'
import type { Template } from './define.ts'
import { parameterRows, valuesOf } from './parameters.ts'
import type { FilledTemplate, TemplateRow } from './schema.ts'
import { validateOn } from './validate.ts'
import { toJson, toYaml } from './yaml.ts'

/** How a template is asked for. */
export interface Filling {
  format: FilledTemplate['format']
  /** The cluster whose API server is to try the objects; undefined: none. */
  validateOn?: Cluster | undefined
}

/** Manifests to start from, with one's own values. */
export class Templates {
  /** Every template, in documented order. */
  async list(): Promise<TemplateRow[]> {
    const all = await loaded()
    return all.map(({ name, title, description, kinds, tags, parameters }) => ({
      name,
      title,
      description,
      kinds: [...kinds],
      tags: [...tags],
      parameters: Object.keys(parameters.properties),
    }))
  }

  /** A template with these values, and the defaults of those not given. Throws `unknown_template`, `bad_input`. */
  async get(
    name: string,
    given: Readonly<Record<string, unknown>>,
    { format, validateOn: cluster }: Filling,
  ): Promise<FilledTemplate> {
    const template = await find(name)
    const values = valuesOf(template, given)
    const objects = template.objects(values)
    const yaml = toYaml(objects, `${template.title}: template ${template.name} of k8s-mcp`)
    return {
      name: template.name,
      title: template.title,
      description: template.description,
      format,
      content: format === 'yaml' ? yaml : toJson(whole(objects)),
      ...(format === 'yaml' ? {} : { objects }),
      parameters: parameterRows(template, values),
      ...(cluster === undefined ? {} : { validation: await validateOn(cluster, yaml) }),
    }
  }
}

/** The parameters of a template; undefined where there is none of that name. */
export async function parametersOf(name: unknown): Promise<TObject | undefined> {
  return (await loaded()).find((each) => each.name === name)?.parameters
}

// All of them are loaded with the first use: no server needs them to start.
const loaded = async (): Promise<readonly Template[]> => (await import('../../../templates/index.ts')).templates

async function find(name: string): Promise<Template> {
  const all = await loaded()
  const found = all.find((each) => each.name === name)
  if (found !== undefined) return found
  throw problems.unknownTemplate(
    name,
    nearestNames(
      name,
      all.map((each) => each.name),
    ),
  )
}

// One JSON document: several objects are a List, as kubectl writes them.
function whole(objects: readonly KubeObject[]): object {
  const [first, ...others] = objects
  return first !== undefined && others.length === 0 ? first : { apiVersion: 'v1', kind: 'List', items: objects }
}
