/**
 * What the name of a variable, field, flag, header or file says about its value:
 * - `password`: a secret that people choose, masked whatever it looks like;
 * - `secret`: a token, key or credential;
 * - `reference`: may hold a secret or the name of one (`secret: db`), masked unless it reads like a name;
 * - `described`: is about a secret (`TOKEN_FILE`, `secretName`), masked only where the value is no plain path, name or number;
 * - `opaque`: some key or id, masked only where the value looks random;
 * - `none`.
 */
export type Secrecy = 'password' | 'secret' | 'reference' | 'described' | 'opaque' | 'none'

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/))

const PASSWORDS = words('password passwords passwd passphrase passcode pass pwd pw htpasswd')
const PASSWORD_ENDINGS = /(?:password|passwd|passphrase|passcode|pwd|pass)$/
const NOT_PASSWORDS = words('bypass compass trespass surpass overpass underpass encompass')

const SECRETS = words(
  'token secret credential credentials cred creds auth jwt dsn cookie salt pepper mnemonic authorization bearer pin otp ' +
    'connectionstring connstr apikey privatekey netrc pgpass dockercfg dockerconfigjson unsealkey sas',
)
const SECRET_ENDINGS =
  /(?:token|secret|masterauth|(?:api|access|private|secret|signing|encryption|account|master|shared|session|license|storage|auth)key)$/

/** What makes a secret of the `key` that follows it. */
const KEY_QUALIFIERS = words(
  'api access private secret encryption encrypt signing sign account master session license licence ssh rsa dsa ecdsa gpg pgp ' +
    'tls ssl server client ca storage shared host deploy app application admin auth jwt hmac cipher crypto aes webhook ' +
    'certificate integration subscription function cookie unseal recovery root write ingest signature service decryption',
)

/** What makes a place in a list, or a mark in a text, of the `token` that follows it. */
const TOKEN_HARMLESS = words(
  'page next continue continuation pagination resume sync cancellation fencing start end stop eos bos pad',
)

/** What makes the name of a Kubernetes object of the `secret` that follows it. */
const REFERENCE_QUALIFIERS = words(
  'existing pull tls ssl ca cert certificate password credentials credential creds connection backup config env external ' +
    'registry image docker helm auth inject key issuer kubernetes k8s',
)

/** Words after a secret that make the value something about it. */
const DESCRIPTORS = words(
  'name names file files filename filepath path paths dir directory mount mounts url uri endpoint endpoints host hosts hostname ' +
    'addr address port ports proto tcp udp http https service svc ttl age expiry expires expired expiration exp seconds secs ' +
    'minutes hours days ms timeout duration interval period lifetime validity type kind format encoding length len size bits ' +
    'count limit max min enabled disabled enable required policy mode method strategy provider backend engine driver ref refs ' +
    'reference references namespace realm scope scopes issuer audience header headers prefix suffix version algorithm alg ' +
    'rotation reset user username email template source store manager key keys config settings options status state error ' +
    'message reason rule rules server proxy cert certificate checksum location region bucket parameter field label annotation ' +
    'class review reviews request requests usage usages param column lookup provisioner group role id',
)

/** Words after a secret that leave it one. */
const SUFFIXES = words(
  'value values val prod production dev development test live staging base b64 base64 encoded encrypted plain plaintext raw text ' +
    'string data current old new previous next primary secondary default admin root hash digest salt confirm confirmation again ' +
    'repeat',
)

const LONGEST_NAME = 128
const CACHE_SIZE = 4096
const cache = new Map<string, Secrecy>()

/** What `name` (a key, variable, flag, header or file name in any spelling) says about its value. */
export function secrecyOf(name: string): Secrecy {
  const known = cache.get(name)
  if (known !== undefined) return known
  const secrecy = classify(name.length > LONGEST_NAME ? name.slice(-LONGEST_NAME) : name)
  if (cache.size >= CACHE_SIZE) cache.clear()
  if (name.length <= LONGEST_NAME) cache.set(name, secrecy)
  return secrecy
}

function classify(name: string): Secrecy {
  const parts = wordsOf(name.slice(name.lastIndexOf('/') + 1))
  const noun = lastNoun(parts)
  if (noun === undefined) return isSomeKey(parts) ? 'opaque' : 'none'
  const shouted = /[A-Z]/.test(name) && !/[a-z]/.test(name)
  const tail = parts.slice(noun.index + 1)
  if (tail.length === 0) return withoutTail(name, parts, noun, shouted)
  if (isSecretId(parts)) return 'opaque'
  if (tail.some((word) => DESCRIPTORS.has(word))) return 'described'
  return shouted || tail.every((word) => SUFFIXES.has(word)) ? noun.secrecy : 'none'
}

const isSomeKey = (parts: readonly string[]) => parts.length > 1 && parts.at(-1) === 'key' && parts.at(-2) !== 'public'

/** `auth-secret` and `existingSecret` name a Secret; `CLIENT_SECRET` and `clientSecret` are one. */
function withoutTail(name: string, parts: readonly string[], noun: Noun, shouted: boolean): Secrecy {
  if (shouted) return noun.secrecy
  const before = parts[noun.index - 1]
  if (parts[noun.index] === 'secret') {
    return before === undefined || REFERENCE_QUALIFIERS.has(before) ? 'reference' : 'secret'
  }
  // The key in a Secret, for External Secrets; a secret itself in any other spelling.
  if (name.endsWith('secretKey')) return 'reference'
  return parts.length === 1 && parts[0] === 'pin' ? 'none' : noun.secrecy
}

/** AppRole's secret_id, an access key id: no password, and still half of a credential. */
const isSecretId = (parts: readonly string[]) => parts.at(-1) === 'id'

interface Noun {
  index: number
  secrecy: 'password' | 'secret'
}

/** The last word that names a secret; for `api key` that is `key`. */
function lastNoun(parts: readonly string[]): Noun | undefined {
  for (let index = parts.length - 1; index >= 0; index--) {
    const secrecy = nounAt(parts, index)
    if (secrecy !== undefined) return { index, secrecy }
  }
  return undefined
}

function nounAt(parts: readonly string[], index: number): Noun['secrecy'] | undefined {
  const word = parts[index] ?? ''
  if (PASSWORDS.has(word)) return 'password'
  if (PASSWORD_ENDINGS.test(word) && !NOT_PASSWORDS.has(word)) return 'password'
  if (word === 'token' && TOKEN_HARMLESS.has(parts[index - 1] ?? '')) return undefined
  if (SECRETS.has(word) || SECRET_ENDINGS.test(word)) return 'secret'
  return isQualified(word, parts[index - 1] ?? '') ? 'secret' : undefined
}

/** `api key`, `connection string`, `id rsa`. */
function isQualified(word: string, before: string): boolean {
  if (word === 'key') return KEY_QUALIFIERS.has(before)
  if (word === 'string' || word === 'str') return before === 'connection' || before === 'conn'
  if (word === 'rsa' || word === 'ed25519' || word === 'ecdsa') return before === 'id'
  return word === 'json' && before === 'dockerconfig'
}

/** Words of camelCase, kebab-case, SNAKE_CASE and dotted names, in lower case, without trailing numbers. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]{1,16})([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => (word === 'ed25519' ? word : word.replace(/([a-z])\d{1,8}$/, '$1')))
    .filter((word) => word !== '' && !/^\d+$/.test(word))
}
