import { isFields } from './fields.ts'

/** An OpenID Connect ID token and when it ends (milliseconds since 1970; 0 where it does not say). */
export interface IdToken {
  token: string
  expires: number
}

/** Reads the `exp` claim (RFC 7519, 4.1.4). The signature is for the API server to check. */
export function readIdToken(token: string): IdToken {
  const [, payload = ''] = token.split('.')
  const claims = parsed(Buffer.from(payload, 'base64url').toString('utf8'))
  const seconds = isFields(claims) ? claims['exp'] : undefined
  return { token, expires: typeof seconds === 'number' ? seconds * 1000 : 0 }
}

/** JSON, or undefined for what is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
