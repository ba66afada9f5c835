import { readConfig, type Config } from '../../../src/config.ts'
import type { Ends } from '../../support/ends.ts'
import { folder } from '../../support/process.ts'

/** A configuration with a data folder of its own, which goes with the test. */
export function configOf(ends: Ends, settings: Record<string, string> = {}): Config {
  const environment = { PATH: process.env['PATH'], HOME: '/nonexistent', DATA_DIR: folder(ends), ...settings }
  return readConfig({ environment }).config
}
