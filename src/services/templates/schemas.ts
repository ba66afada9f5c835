import Type from 'typebox'

// What parameters of templates are made of. Each says in words what it takes (`x-allowed`): a pattern says little to a reader.

const DNS = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
const LABEL_WORDS = 'lower-case letters, digits and dashes, at most 63, the ends no dash'
const DOMAIN = `${DNS}(?:\\.${DNS}){0,9}`

/** A text that fits a pattern; `allowed` says which in words. */
export const Fitting = (
  pattern: string,
  allowed: string,
  description: string,
  options?: { default?: string; maxLength?: number },
) => Type.String({ pattern: `^(?:${pattern})$`, 'x-allowed': allowed, description, ...options })

/** A name short enough that everything named after it stays within 63 characters (a CronJob leaves 52). */
export const Name = (value: string, description = 'Name of the objects, and of the application in their labels.') =>
  Fitting(
    '[a-z](?:[-a-z0-9]{0,50}[a-z0-9])?',
    'lower-case letters, digits and dashes, at most 52, a letter first and no dash last',
    description,
    { default: value },
  )

/** Name of an object that is there already, or of one whose kind takes dots. */
export const ObjectName = (description: string, options?: { default?: string }) =>
  Fitting(DOMAIN, 'the name of an object: lower-case letters, digits, dashes and dots', description, options)

export const NamespaceName = (description: string, options?: { default?: string }) =>
  Fitting(DNS, LABEL_WORDS, description, options)

/** Name of a Service, which is part of host names. */
export const ServiceName = (description: string, options?: { default?: string }) =>
  Fitting(
    '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?',
    'the name of a Service: lower-case letters, digits and dashes, a letter first',
    description,
    options,
  )

/** Where the objects go. Left out, the manifest names none. */
export const Namespace = Type.Optional(NamespaceName('Namespace of the objects. Left out: they name none.'))

export const PartOf = Type.Optional(
  Fitting(DNS, LABEL_WORDS, 'Application that this one is a part of (label app.kubernetes.io/part-of).'),
)

/** A host name with at least two parts. */
export const HostName = (description: string, value: string) =>
  Fitting(`${DNS}(?:\\.${DNS}){1,9}`, 'a host name such as shop.example.com, in lower case', description, {
    default: value,
    maxLength: 253,
  })

const REPOSITORY = '[a-z0-9]+(?:(?:[.]|_{1,2}|-+)[a-z0-9]+)*'
const REGISTRY = '[a-zA-Z0-9]+(?:[.-][a-zA-Z0-9]+)*(?::[0-9]{1,5})?'
const DIGEST = '@sha256:[0-9a-f]{64}'
const TAG = `:(?!latest(?:@|$))[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`

/** A container image with a tag or digest: what `latest` is changes without anybody's decision. */
export const Image = (value: string, description = 'Container image.') =>
  Fitting(
    `(?:${REGISTRY}/)?${REPOSITORY}(?:/${REPOSITORY})*(?:${TAG}(?:${DIGEST})?|${DIGEST})`,
    'an image with a tag other than latest, or with a digest, such as nginx:1.27.4',
    description,
    { default: value, maxLength: 400 },
  )

export const Count = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Integer({ default: value, minimum, maximum, description })

export const Flag = (description: string, value = false) => Type.Boolean({ default: value, description })

export const Choice = <const W extends readonly string[]>(words: W, value: W[number], description: string) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words], default: value, description })

const CPU = '[1-9][0-9]{0,4}m|[1-9][0-9]{0,2}(?:\\.[0-9]{1,2})?'
export const Cpu = (value: string, description: string) =>
  Fitting(CPU, 'an amount of CPU such as 250m, 2 or 1.5', description, { default: value })

export const Memory = (value: string, description: string) =>
  Fitting('[1-9][0-9]{0,5}(?:Mi|Gi)', 'an amount such as 128Mi or 2Gi', description, { default: value })

export const Storage = (value: string, description: string) =>
  Fitting('[1-9][0-9]{0,4}(?:Mi|Gi)|[1-9][0-9]{0,2}Ti', 'an amount such as 500Mi, 10Gi or 1Ti', description, {
    default: value,
  })

// One character of a text: no controls but tab and line feed, no half of a surrogate pair.
const CHARACTER = '(?:[^\\u0000-\\u0008\\u000b-\\u001f\\u007f\\ud800-\\udfff]|[\\ud800-\\udbff][\\udc00-\\udfff])'
const CHARACTER_WORDS = 'without control characters other than tab and line feed'

export const Text = (most: number, description: string, options?: { default?: string }) =>
  Fitting(`${CHARACTER}{0,${most}}`, `a text of at most ${most} characters, ${CHARACTER_WORDS}`, description, options)

/** A path of a URL. */
export const UrlPath = (value: string, description: string) =>
  Fitting("/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,199}", 'a path of a URL that begins with /', description, {
    default: value,
  })

const PATH_PART = '[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,62}'

/** A path below which requests are matched: parts without a dot first, for those are never what they seem. */
export const PathPrefix = (value: string, description: string) =>
  Fitting(
    `/(?:${PATH_PART}(?:/${PATH_PART}){0,7}/?)?`,
    'a path that begins with /, its parts of letters, digits, dots, dashes, underscores and tildes, no dot first',
    description,
    { default: value },
  )

/** An absolute path of a file system, with no part that could lead elsewhere. */
export const FilePath = (value: string, description: string) =>
  Fitting(
    '(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}){1,8}',
    'an absolute path of letters, digits, dots, dashes and underscores',
    description,
    { default: value },
  )

/** A list of different texts. */
export const Different = <T extends ReturnType<typeof Fitting>>(
  item: T,
  maximum: number,
  description: string,
  value: string[] = [],
) => Type.Array(item, { default: value, maxItems: maximum, uniqueItems: true, description })

/** A list in which the same may come again, such as arguments. */
export const Words = (description: string, value: string[] = []) =>
  Type.Array(Text(4096, 'One word.'), { default: value, maxItems: 50, description })

/** `key=value` texts, each key once. */
const pairs = (key: string, words: string, most: number, description: string, value: string[] = []) =>
  Type.Array(
    Fitting(
      `(?:${key})=${CHARACTER}{0,${most}}`,
      `name=value, the name ${words}, the value at most ${most} characters, ${CHARACTER_WORDS}`,
      'One name=value.',
    ),
    { default: value, maxItems: 50, description, 'x-pairs': true },
  )

export const Variables = (description: string) =>
  pairs('[A-Za-z_][A-Za-z0-9_]{0,127}', 'of letters, digits and underscores', 4096, description)

/** Keys of a ConfigMap or Secret. */
const DATA_KEY = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}'
const DATA_KEY_WORDS = 'of letters, digits, dots, dashes and underscores'
export const Data = (description: string, value: string[]) =>
  pairs(DATA_KEY, DATA_KEY_WORDS, 65_536, description, value)
export const DataKeys = (description: string, value: string[]) =>
  Different(Fitting(DATA_KEY, `a key ${DATA_KEY_WORDS}`, 'One key.'), 50, description, value)

/** Settings of a driver, which only that driver knows. */
export const Settings = (description: string) =>
  pairs('[A-Za-z0-9][A-Za-z0-9._/-]{0,127}', 'of letters, digits, dots, dashes and slashes', 1024, description)

/** `key=value` texts as an object, in their order. */
export const record = (texts: readonly string[]): Record<string, string> => Object.fromEntries(texts.map(pairOf))

/** The two sides of the first equals sign. */
export function pairOf(text: string): [key: string, value: string] {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Who is given rights: names of users and groups are opaque to Kubernetes. */
export const Subject = (value: string, description: string) =>
  Fitting(
    '[A-Za-z0-9][A-Za-z0-9:@._/-]{0,199}',
    'the name of a user, group or account: letters, digits and : @ . _ / -',
    description,
    { default: value },
  )
