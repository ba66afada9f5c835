import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import type { Entry } from '../kubeconfig.ts'
import { Unusable } from './fields.ts'
import type { FileReader } from './files.ts'

const SIZE_LIMIT = 1024 * 1024

/** A client certificate with its private key, both PEM. */
export interface ClientCertificate {
  cert: string
  key: string
}

/** A digest of anything that JSON can hold: equal values, equal digests; says nothing about the value. */
export const digest = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('base64url')

/**
 * Certificate or key of an entry: `<field>-data` (base64) where it stands, else the file `<field>` names. Undefined
 * where there is neither. Throws `Unusable` for a file that is missing or unreadable.
 */
export async function readMaterial(entry: Entry, field: string, files: FileReader): Promise<string | undefined> {
  const data = entry.body.text(`${field}-data`)
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
  const path = entry.body.text(field)
  return path === undefined ? undefined : readText(resolve(entry.directory, path), field, files)
}

async function readText(path: string, field: string, files: FileReader): Promise<string> {
  const bytes = await files.read(path, SIZE_LIMIT)
  if (!bytes) throw new Unusable(`The ${field} file ${path} is missing.`)
  return bytes.toString('utf8')
}

/** Throws `Unusable` unless `pem` begins with a readable certificate. TLS would take anything and trust nothing. */
export function assertCertificates(pem: string, where: string): void {
  if (!isCertificate(pem)) throw new Unusable(`The certificate-authority of the ${where} is not a PEM certificate.`)
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

/** Throws `Unusable` unless both are readable PEM and belong together. */
export function assertClientCertificate({ cert, key }: ClientCertificate, where: string): void {
  const fault = FAULTS[pairing(cert, key)]
  if (fault !== undefined) throw new Unusable(`The client-certificate and client-key of the ${where} ${fault}.`)
}

const FAULTS = {
  pair: undefined,
  strangers: 'do not belong together',
  unreadable: 'are not a readable PEM certificate and unencrypted PEM key',
} as const

function pairing(cert: string, key: string): keyof typeof FAULTS {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? 'pair' : 'strangers'
  } catch {
    return 'unreadable'
  }
}
