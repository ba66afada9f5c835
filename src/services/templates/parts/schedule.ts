const field = (number: string) => {
  const range = `(?:\\*|(?:${number})(?:-(?:${number}))?)(?:/[1-9][0-9]?)?`
  return `${range}(?:,${range}){0,9}`
}

const FIELDS = ['[1-5]?[0-9]', '1?[0-9]|2[0-3]', '[1-9]|[12][0-9]|3[01]', '[1-9]|1[0-2]', '[0-6]'].map(field)

/** Pattern of a schedule as CronJobs take it: five fields, or a word for a usual one. */
export const SCHEDULE = `@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|${FIELDS.join(' ')}`

/** Whether there is a time zone of this name, written so. */
export function isTimeZone(name: string): boolean {
  try {
    const { timeZone } = Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return timeZone !== '' && !/^[+-]/.test(name)
  } catch {
    return false
  }
}
