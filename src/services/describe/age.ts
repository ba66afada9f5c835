const SECOND = 1000
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

// Below each bound (seconds) a length of time is told in these units, the second only where it is not 0: kubectl's own steps.
const STEPS = [
  { below: 2 * MINUTE, units: ['s'] },
  { below: 10 * MINUTE, units: ['m', 's'] },
  { below: 3 * HOUR, units: ['m'] },
  { below: 8 * HOUR, units: ['h', 'm'] },
  { below: 2 * DAY, units: ['h'] },
  { below: 8 * DAY, units: ['d', 'h'] },
  { below: 2 * YEAR, units: ['d'] },
  { below: 8 * YEAR, units: ['y', 'd'] },
  { below: Infinity, units: ['y'] },
] as const

const LENGTH = { s: 1, m: MINUTE, h: HOUR, d: DAY, y: YEAR } as const

/** A length of time in milliseconds as kubectl writes it: 45s, 5m12s, 3h12m, 2d, 3y40d. Less than nothing is 0s. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND))
  const units = STEPS.find(({ below }) => seconds < below)?.units ?? ['s']
  let rest = seconds
  const parts = units.map((unit) => {
    const count = Math.floor(rest / LENGTH[unit])
    rest -= count * LENGTH[unit]
    return { count, unit }
  })
  return parts
    .filter(({ count }, index) => index === 0 || count > 0)
    .map(({ count, unit }) => `${count}${unit}`)
    .join('')
}

/** Milliseconds from a time of the API to now; undefined where there is no such time. */
export function elapsed(now: Date, then: string | undefined): number | undefined {
  const milliseconds = then === undefined ? Number.NaN : now.getTime() - Date.parse(then)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

/** Age as kubectl writes it; `<unknown>` where the time is not known. */
export function age(now: Date, then: string | undefined): string {
  const milliseconds = elapsed(now, then)
  return milliseconds === undefined ? '<unknown>' : duration(milliseconds)
}
