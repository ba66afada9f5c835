import { isFields } from '../kubeconfig/fields.ts'
import { parsed } from '../kubeconfig/id-token.ts'
import { assertClientCertificate, type ClientCertificate } from '../kubeconfig/material.ts'
import { bearer } from '../kubeconfig/user.ts'
import { PluginFailure } from './failure.ts'

/** What a plugin gave: a token, a client certificate, or both, and how long it is good (milliseconds since 1970). */
export interface PluginAnswer {
  authorization: string | undefined
  certificate: ClientCertificate | undefined
  expires: number
}

/**
 * Reads an ExecCredential (client.authentication.k8s.io/v1 and v1beta1, the same shape).
 * Throws `PluginFailure` that says what is wrong with it and never quotes it.
 */
export function readAnswer(stdout: string, apiVersion: string): PluginAnswer {
  const answer = parsed(stdout)
  if (!isFields(answer)) throw wrong(stdout.trim() === '' ? 'nothing' : 'not a JSON object')
  if (answer['kind'] !== 'ExecCredential') throw wrong('its kind is another')
  if (answer['apiVersion'] !== apiVersion)
    throw wrong(`its apiVersion is not ${apiVersion}, which the kubeconfig asks for`)
  const status = answer['status']
  if (!isFields(status)) throw wrong('it has no status')
  const authorization = readToken(status['token'])
  const certificate = readCertificate(status['clientCertificateData'], status['clientKeyData'])
  if (authorization === undefined && !certificate) throw wrong('its status has no token and no client certificate')
  return { authorization, certificate, expires: readExpiry(status['expirationTimestamp']) }
}

const wrong = (what: string) =>
  new PluginFailure('failed', `answered something that is not an ExecCredential (${what})`)

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''

function readToken(token: unknown): string | undefined {
  if (isAbsent(token)) return undefined
  if (typeof token !== 'string') throw wrong('its token is not text')
  return understood(() => bearer(token, 'plugin'), 'its token has characters that a header cannot carry')
}

function readCertificate(cert: unknown, key: unknown): ClientCertificate | undefined {
  if (isAbsent(cert) && isAbsent(key)) return undefined
  if (typeof cert !== 'string' || typeof key !== 'string') throw wrong('it has half a client certificate')
  return understood(() => {
    assertClientCertificate({ cert, key }, 'plugin')
    return { cert, key }
  }, 'its client certificate and key are not readable PEM that belongs together')
}

function readExpiry(timestamp: unknown): number {
  if (isAbsent(timestamp)) return Number.POSITIVE_INFINITY
  const expires = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  if (Number.isNaN(expires)) throw wrong('its expirationTimestamp is not a time')
  if (expires <= Date.now()) throw new PluginFailure('failed', 'answered a credential that had expired already')
  return expires
}

function understood<T>(read: () => T, otherwise: string): T {
  try {
    return read()
  } catch {
    throw wrong(otherwise)
  }
}
