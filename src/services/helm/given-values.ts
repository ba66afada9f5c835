import { parseDocument } from 'yaml'
import { problems } from '../../errors.ts'
import { type Fields, isFields } from '../describe/read.ts'
import { isTooDeep } from './nesting.ts'

const MOST_CHARACTERS = 1_048_576

interface Given {
  values?: Fields
  valuesYaml?: string
}

/** The values that a caller gives, as data or as YAML. Throws `bad_input`. */
export function givenValues({ values, valuesYaml }: Given): Fields {
  if (values !== undefined && valuesYaml !== undefined)
    throw problems.badInput('values and valuesYaml are both given.', 'Give one of them.')
  const given = values ?? (valuesYaml === undefined ? {} : readYaml(valuesYaml))
  if (isTooDeep(given)) throw problems.badInput('The values are nested too deeply.')
  if (JSON.stringify(given).length > MOST_CHARACTERS) throw problems.badInput('The values are larger than 1 MiB.')
  return given
}

// As Helm reads it: YAML 1.1, where yes is true. What both versions read alike is all that is taken, so that nobody is surprised.
function readYaml(text: string): Fields {
  const [older, newer] = [readAs(text, '1.1'), readAs(text, '1.2')]
  if (JSON.stringify(older) !== JSON.stringify(newer))
    throw problems.badInput(
      'valuesYaml has values that YAML 1.1 and 1.2 read differently (yes, on, 0777, 1:30).',
      'Quote them, or write true, false, or a plain number.',
    )
  if (newer === null) return {}
  if (!isFields(newer)) throw problems.badInput('valuesYaml is not a map of values.')
  return newer
}

function readAs(text: string, version: '1.1' | '1.2'): unknown {
  const document = parseDocument(text, {
    version,
    uniqueKeys: true,
    merge: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const [fault] = document.errors
  if (fault !== undefined) throw problems.badInput(`valuesYaml is no YAML (${fault.code}).`)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    throw problems.badInput('valuesYaml repeats too much of itself by aliases.')
  }
}

/** `given` over `former`: tables are merged, all else is replaced. null stays, for it takes a default of the chart away. */
export function overValues(former: Fields, given: Fields): Fields {
  const changed = Object.entries(given).map(([key, value]) => {
    const before = Object.hasOwn(former, key) ? former[key] : undefined
    return [key, isFields(value) && isFields(before) ? overValues(before, value) : value] as const
  })
  return Object.fromEntries([...Object.entries(former), ...changed])
}
