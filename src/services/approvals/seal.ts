import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { problems } from '../../errors.ts'
import { canonical } from './canonical.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORMAT = 1

/** Hides what may hold secrets from whoever reads the store's file without its key. */
export interface Seal {
  /** Names the key without telling it. */
  readonly keyId: string
  /** Encrypts a JSON value. `place` says what it is of which approval: a sealed value opens nowhere else. */
  close(place: string, value: unknown): Uint8Array
  /** Throws `store_damaged` where it was altered, or sealed elsewhere or with another key. */
  open(place: string, sealed: Uint8Array): unknown
  /** HMAC-SHA-256 of the canonical form of a value, in hex: equal for equal values, and nobody without the key can try guesses. */
  hash(value: unknown): string
}

/**
 * The key of a file (DATA_KEY_FILE); made there, readable by its owner only, where there is none. Throws `store_unavailable` where it
 * cannot be read or made, is not a key, or where others may read it.
 */
export function sealOf(path: string): Seal {
  return makeSeal(readKey(path) ?? createKey(path))
}

function readKey(path: string): Buffer | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw keyProblem(path, reasonOf(error))
  }
  try {
    if (process.platform !== 'win32' && (fstatSync(file).mode & 0o077) !== 0)
      throw keyProblem(path, 'others than its owner may read it (chmod 600)')
    const key = readFileSync(file)
    if (key.length !== KEY_BYTES) throw keyProblem(path, `it has ${key.length} bytes and not ${KEY_BYTES}`)
    return key
  } finally {
    closeSync(file)
  }
}

// Written aside and linked into place: of two servers that start at once one makes the key, and the other finds it whole.
function createKey(path: string): Buffer {
  const aside = `${path}.${process.pid}`
  try {
    writeDurably(aside, randomBytes(KEY_BYTES))
    linkUnlessThere(aside, path)
  } catch (error) {
    throw keyProblem(path, reasonOf(error))
  } finally {
    rmSync(aside, { force: true })
  }
  const key = readKey(path)
  if (key === undefined) throw keyProblem(path, 'it was removed as soon as it was made')
  return key
}

function writeDurably(path: string, key: Buffer): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, key)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error
  }
}

const reasonOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason')
const keyProblem = (path: string, why: string) =>
  problems.storeUnavailable(`its key ${path} cannot be used: ${why}`, 'Check DATA_KEY_FILE and its permissions.')

/** A seal with a key of 32 bytes. AES-256-GCM (NIST SP 800-38D) with a random nonce; keys derived by HKDF-SHA-256 (RFC 5869). */
export function makeSeal(key: Uint8Array): Seal {
  const derived = (purpose: string) => Buffer.from(hkdfSync('sha256', key, '', `k8s-mcp ${purpose}`, KEY_BYTES))
  const sealing = derived('seal')
  const hashing = derived('hash')
  const keyId = createHash('sha256').update(derived('id')).digest('hex').slice(0, 16)
  return {
    keyId,
    close(place, value) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body])
    },
    open: (place, sealed) => opened(sealing, place, Buffer.from(sealed)),
    hash: (value) => createHmac('sha256', hashing).update(canonical(value)).digest('hex'),
  }
}

function opened(key: Uint8Array, place: string, sealed: Buffer): unknown {
  const nonceEnd = 1 + NONCE_BYTES
  const tagEnd = nonceEnd + TAG_BYTES
  if (sealed[0] !== FORMAT || sealed.length < tagEnd) throw problems.storeDamaged(`${place} is not a sealed value`)
  const options = { authTagLength: TAG_BYTES }
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, nonceEnd), options)
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(nonceEnd, tagEnd))
  try {
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]).toString('utf8'))
  } catch {
    throw problems.storeDamaged(`${place} was altered, or sealed with another key`)
  }
}
