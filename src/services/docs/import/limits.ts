const MIB = 1024 * 1024

/** What an import takes at most. The whole repository of the website, every language, is below half of each. */
export interface ImportLimits {
  /** Files, folders and links. */
  entries: number
  /** Bytes that come out of an archive. */
  unpacked: number
  /** Times that an archive grows; looked at from `unpackedBeforeRatio` bytes on. */
  ratio: number
  unpackedBeforeRatio: number
  /** Bytes of one file that is read. */
  file: number
  /** Bytes of all files that are read. */
  read: number
}

export const LIMITS: ImportLimits = {
  entries: 200_000,
  unpacked: 2048 * MIB,
  ratio: 200,
  unpackedBeforeRatio: 16 * MIB,
  file: 4 * MIB,
  read: 256 * MIB,
}
