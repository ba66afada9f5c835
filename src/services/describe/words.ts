// Turning what others wrote into parts of our lines.

/** One line: control and format characters (line ends, terminal codes, text direction) become single spaces. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()

/** At most `length` characters, with a sign where something was cut. */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).trimEnd()}…`

/** `1 pod`, `2 pods`. */
export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** Parts that are there, joined. */
export const joined = (parts: readonly (string | undefined)[], separator = ', '): string =>
  parts.filter((part) => part !== undefined && part !== '').join(separator)

/** `key=value,key=value` of labels, or of a selector of them. */
export const labelsText = (labels: Readonly<Record<string, unknown>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : ''}`)
    .join(',')

// What differs between two tellings of the same thing. Names of generated pods end in five letters of the API server's own
// alphabet (no vowels, no 0, 1, 3), so they are told from words.
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/^\(combined from similar events\): /g, ''],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b[0-9a-f]{12,}\b/g, '<id>'],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}(?![\w-])/g, '-<id>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?!\d)/g, '<address>'],
  [/\b(?:\d+(?:\.\d+)?(?:h|ms|m|µs|us|ns|s))+\b/g, '<time>'],
  [/\b\d+(?=\/\d+ nodes)|\b\d+(?= (?:Insufficient|node\(s\)|Preemption))/g, '<count>'],
  [/(?<=<count>\/)\d+(?= nodes)/g, '<count>'],
]

/** A message without what differs from one telling to the next (ids, generated names, addresses, times): equal for the same trouble. */
export const stable = (message: string): string =>
  VOLATILE.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), message)
