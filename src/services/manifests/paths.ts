const WORD = /^[A-Za-z_$][\w$-]*$/

/** The path of a field, as kubectl's JSONPath writes it: `metadata.labels['app.kubernetes.io/name']`. */
export function fieldPath(parent: string, field: string): string {
  if (!WORD.test(field)) return `${parent}['${field}']`
  return parent === '' ? field : `${parent}.${field}`
}

/** The path of a list item by its name; a name of digits only is quoted, for it would look like a position. */
export const itemPath = (parent: string, item: string): string =>
  `${parent}[${/^\d+$/.test(item) ? JSON.stringify(item) : item}]`
