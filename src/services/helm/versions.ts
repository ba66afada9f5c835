import semver from 'semver'
import { problems } from '../../errors.ts'

/** The version that is meant where it is one, with or without "v"; undefined: a range, or none given. */
export const exactVersion = (asked: string | undefined): string | undefined =>
  asked !== undefined && semver.valid(asked) !== null ? asked : undefined

/**
 * The version of a list that is asked for: exactly it, the highest of a range (^1.2, ">=1, <2"), or the highest there is. As with Helm,
 * pre-releases count only where the range names one. Throws `bad_input` for what is no range.
 */
export function pickVersion(versions: readonly string[], asked: string | undefined): string | undefined {
  if (asked !== undefined && versions.includes(asked)) return asked
  // Helm joins comparators by a comma, node-semver by a space.
  const range = (asked ?? '*').replaceAll(',', ' ')
  const options = { loose: true, includePrerelease: /\d-[0-9A-Za-z]/.test(range) }
  if (semver.validRange(range, options) === null)
    throw problems.badInput(
      `version "${asked}" is neither a version nor a range of versions.`,
      'Write 1.2.3, ^1.2 or ">=1.2, <2".',
    )
  const usable = versions.filter((version) => semver.valid(version, { loose: true }) !== null)
  return semver.maxSatisfying(usable, range, options) ?? undefined
}
