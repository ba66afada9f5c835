import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A key pair and its certificate, in PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** An authority that can issue certificates. */
export interface Authority extends Certificate {
  readonly commonName: string
}

/** What a certificate is for. */
export interface CertificateRequest {
  readonly commonName: string
  /** Becomes the user's groups when a client presents it. */
  readonly organization?: string
  readonly usage: 'server' | 'client'
  /** DNS names and IPv4 addresses a server answers to. */
  readonly names?: readonly string[]
  /** Last moment of validity; a year from now by default. */
  readonly notAfter?: Date
}

const day = 24 * 60 * 60 * 1000

// DER (X.690): tag, length, content.
function der(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const significant = length.subarray(length.findIndex((byte) => byte !== 0))
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, body])
}

const sequence = (...content: Uint8Array[]): Buffer => der(0x30, ...content)
const set = (...content: Uint8Array[]): Buffer => der(0x31, ...content)
const octets = (content: Uint8Array): Buffer => der(0x04, content)
const bits = (content: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content)
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))
const isTrue = der(0x01, Buffer.from([0xff]))

function base128(arc: number): number[] {
  const digits = [arc & 0x7f]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

const oids = {
  commonName: oid('2.5.4.3'),
  organization: oid('2.5.4.10'),
  ecdsaWithSha256: sequence(oid('1.2.840.10045.4.3.2')),
  basicConstraints: oid('2.5.29.19'),
  keyUsage: oid('2.5.29.15'),
  extendedKeyUsage: oid('2.5.29.37'),
  subjectAltName: oid('2.5.29.17'),
  server: oid('1.3.6.1.5.5.7.3.1'),
  client: oid('1.3.6.1.5.5.7.3.2'),
}

function name(commonName: string, organization?: string): Buffer {
  const common = set(sequence(oids.commonName, utf8(commonName)))
  if (organization === undefined) return sequence(common)
  return sequence(set(sequence(oids.organization, utf8(organization))), common)
}

// UTCTime with a year of two digits, seconds and Z, as certificates until 2049 have it (RFC 5280, 4.1.2.5.1).
function time(moment: Date): Buffer {
  const digits = moment.toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x17, Buffer.from(digits.slice(2), 'ascii'))
}

const extension = (id: Buffer, value: Buffer): Buffer => sequence(id, octets(value))
const criticalExtension = (id: Buffer, value: Buffer): Buffer => sequence(id, isTrue, octets(value))

function altName(text: string): Buffer {
  if (isIPv4(text)) return der(0x87, Buffer.from(text.split('.').map(Number)))
  return der(0x82, Buffer.from(text, 'ascii'))
}

function leafExtensions(request: CertificateRequest): Buffer[] {
  const usages = [
    criticalExtension(oids.keyUsage, bits(Buffer.from([0x80]), 7)),
    extension(oids.extendedKeyUsage, sequence(oids[request.usage])),
  ]
  if (request.names === undefined) return usages
  return [...usages, extension(oids.subjectAltName, sequence(...request.names.map(altName)))]
}

const authorityExtensions = (): Buffer[] => [
  criticalExtension(oids.basicConstraints, sequence(isTrue)),
  criticalExtension(oids.keyUsage, bits(Buffer.from([0x86]), 1)),
]

interface Unsigned {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly notAfter: Date
  readonly publicKey: KeyObject
  readonly extensions: readonly Buffer[]
}

// TBSCertificate, version 3 (RFC 5280, 4.1).
function toBeSigned(content: Unsigned): Buffer {
  const notBefore = new Date(Math.min(Date.now() - 60_000, content.notAfter.getTime() - day))
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    oids.ecdsaWithSha256,
    content.issuer,
    sequence(time(notBefore), time(content.notAfter)),
    content.subject,
    content.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...content.extensions)),
  )
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function signed(content: Unsigned, issuerKey: KeyObject): string {
  const body = toBeSigned(content)
  return pem('CERTIFICATE', sequence(body, oids.ecdsaWithSha256, bits(sign('sha256', body, issuerKey))))
}

const newKey = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const keyPem = (key: KeyObject): string => key.export({ type: 'sec1', format: 'pem' })

/** A new certificate authority (EC P-256, ten years). */
export function newAuthority(commonName: string): Authority {
  const { publicKey, privateKey } = newKey()
  const subject = name(commonName)
  const notAfter = new Date(Date.now() + 3650 * day)
  const content = { issuer: subject, subject, notAfter, publicKey, extensions: authorityExtensions() }
  return { commonName, certificate: signed(content, privateKey), key: keyPem(privateKey) }
}

/** A new key and a certificate for it, signed by the authority. */
export function issue(authority: Authority, request: CertificateRequest): Certificate {
  const { publicKey, privateKey } = newKey()
  const content = {
    issuer: name(authority.commonName),
    subject: name(request.commonName, request.organization),
    notAfter: request.notAfter ?? new Date(Date.now() + 365 * day),
    publicKey,
    extensions: leafExtensions(request),
  }
  return { certificate: signed(content, createPrivateKey(authority.key)), key: keyPem(privateKey) }
}

/** A key pair to sign and check service account tokens with: PEM of both halves. */
export function newSigningKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { publicKey, privateKey } = newKey()
  return { privateKey: keyPem(privateKey), publicKey: publicKey.export({ type: 'spki', format: 'pem' }) }
}
