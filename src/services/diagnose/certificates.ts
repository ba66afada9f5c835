import { X509Certificate } from 'node:crypto'
import { objectPage } from '../../kubernetes/lists.ts'
import { turn } from '../../kubernetes/turns.ts'
import type { KubeObject } from '../../kubernetes/types.ts'
import { at } from '../describe/read.ts'
import { TLS_SECRETS } from './kinds.ts'
import type { Reading } from './reading.ts'
import { type Certificate, MOST_NAMES } from './snapshot.ts'

const PAGE = 250
const MOST_PAGES = 8

/** Dates of the certificates in TLS Secrets. Keys are never looked at, and nothing of a Secret outlives its page. */
export async function certificatesIn(reading: Reading, namespace: string | undefined): Promise<Certificate[]> {
  const found: Certificate[] = []
  await reading.noted('certificates in TLS Secrets', async () => {
    let next: string | undefined
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const fieldSelector = 'type=kubernetes.io/tls'
      const page = await objectPage(reading.api, TLS_SECRETS, { namespace, fieldSelector, limit: PAGE, continue: next })
      found.push(...(await datesOf(page.items)))
      next = page.metadata.continue
      if (!next) return
    }
    reading.gaps.push({ what: 'certificates in TLS Secrets', why: `only the first ${PAGE * MOST_PAGES} were read.` })
  })
  return found
}

async function datesOf(secrets: readonly KubeObject[]): Promise<Certificate[]> {
  const found: Certificate[] = []
  for (const secret of secrets) {
    await turn()
    const certificate = certificateOf(secret)
    if (certificate !== undefined) found.push(certificate)
  }
  return found
}

/** The first certificate of the chain: the server's own (RFC 8446, 4.4.2). Undefined where there is none that can be read. */
export function certificateOf(secret: KubeObject): Certificate | undefined {
  const data = Reflect.get(Object(at(secret, 'data')), 'tls.crt')
  if (typeof data !== 'string') return undefined
  try {
    const { validFromDate, validToDate, subjectAltName, subject } = new X509Certificate(Buffer.from(data, 'base64'))
    return {
      namespace: secret.metadata.namespace ?? '',
      secret: secret.metadata.name,
      notBefore: validFromDate.toISOString(),
      notAfter: validToDate.toISOString(),
      names: namesIn(subjectAltName ?? subject),
    }
  } catch {
    return undefined
  }
}

// `DNS:shop.example, DNS:www.shop.example`, or the lines of a subject.
const namesIn = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/, |\n/)
    .map((each) => each.replace(/^(?:DNS:|IP Address:|URI:|CN=)/, ''))
    .filter((each) => each !== '')
    .slice(0, MOST_NAMES)
