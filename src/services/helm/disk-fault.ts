const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the quota of the disk is used up (EDQUOT)',
  EFBIG: 'files may not be that large here (EFBIG)',
  EROFS: 'the file system is read-only (EROFS)',
}

/** Why a file could not be written, by the error of the file system; in the words that go on from "it could not be stored: ". */
export function diskFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return REASONS[code] ?? `the file could not be written (${code})`
}
