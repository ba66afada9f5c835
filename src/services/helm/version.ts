import { problems } from '../../errors.ts'

/** The version of the helm binary, such as 4.3. */
export interface HelmVersion {
  major: number
  minor: number
  /** As it says it: v4.3.0. */
  text: string
}

/** The first release that takes every flag this server passes. */
const OLDEST = { major: 3, minor: 17 }
const NEWEST_MAJOR = 4

/** Reads what `helm version` says. Throws `helm_unusable` where that is no version of Helm, `helm_too_old`. */
export function readVersion(said: string, path: string): HelmVersion {
  const [, text, major = '', minor = ''] = /^(v(\d{1,4})\.(\d{1,4})\S{0,60})$/.exec(said.trim()) ?? []
  if (text === undefined) throw problems.helmUnusable(path, 'it does not say a version of Helm')
  const version = { major: Number(major), minor: Number(minor), text }
  if (isOld(version)) throw problems.helmTooOld(text, `${OLDEST.major}.${OLDEST.minor} is the oldest that works here`)
  if (version.major > NEWEST_MAJOR)
    throw problems.helmUnusable(path, `it is Helm ${text}, which this server does not know`)
  return version
}

const isOld = ({ major, minor }: HelmVersion) =>
  major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)
