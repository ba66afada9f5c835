/** Levels of the deepest schemas in use are some 80; nobody nests deeper than this but to exhaust the stack. */
const MOST_LEVELS = 150

/** Whether a value of JSON or YAML is nested too deeply for what is done with it here. */
export const isTooDeep = (value: unknown, levels = MOST_LEVELS): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isTooDeep(each, levels - 1)))
