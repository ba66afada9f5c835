import { Masking, type Span } from './masking.ts'
import type { Scanner } from './triggers.ts'

/** Tokens that say by their first characters what they are: prefix, and what has to follow. No body may begin twice in one run. */
const SHAPES: readonly (readonly [prefixes: readonly string[], body: RegExp])[] = [
  // Ours.
  [['k8smcp_'], /[a-z]{2,16}_[\w-]{16,}/y],
  // AWS access key ids; the secret beside one is looked for below.
  [['AKIA', 'ASIA', 'ABIA', 'ACCA'], /[A-Z0-9]{16}(?![A-Za-z0-9])/y],
  // GitHub, GitLab, npm, PyPI, RubyGems, Docker, Hugging Face.
  [['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'], /[A-Za-z0-9_]{20,}/y],
  [
    ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-', 'glft-', 'glsoat-', 'glagent-'],
    /[\w-]{16,}(?:\.[\w-]{1,64}){0,2}/y,
  ],
  [['npm_'], /[A-Za-z0-9]{30,}/y],
  [['pypi-'], /[A-Za-z0-9_]{16,}[\w-]{16,}/y],
  [['rubygems_'], /[a-f0-9]{32,}/y],
  [['dckr_pat_', 'dckr_oat_'], /[\w-]{20,}/y],
  [['hf_'], /[A-Za-z]{30,}/y],
  // Slack, and webhooks whose path is the secret.
  [['xoxa-', 'xoxb-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'], /[\w-]{10,}/y],
  [['hooks.slack.com/services/'], /[\w/]{16,}/y],
  [['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'], /\d{1,32}\/[\w-]{20,}/y],
  // Google, DigitalOcean, Stripe, OpenAI and Anthropic, SendGrid, Databricks, Shopify, New Relic, Linear, Postman.
  [['AIza'], /[\w-]{30,}/y],
  [['ya29.'], /[\w-]{20,}(?:\.[\w-]{1,2048})?/y],
  [['GOCSPX-'], /[\w-]{20,}/y],
  [['dop_v1_', 'doo_v1_', 'dor_v1_'], /[A-Za-z0-9]{32,}/y],
  [['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'], /[A-Za-z0-9]{10,}/y],
  [['sk-'], /(?:(?:ant|proj|svcacct|admin|or|None)-[\w-]{16,}|[A-Za-z0-9]{20,})/y],
  [['SG.'], /[\w-]{16,64}\.[\w-]{16,128}/y],
  [['dapi'], /[a-f0-9]{32,}/y],
  [['shpat_', 'shpca_', 'shppa_', 'shpss_'], /[a-fA-F0-9]{32,}/y],
  [['NRAK-'], /[A-Z0-9]{20,}/y],
  [['lin_api_'], /[A-Za-z0-9]{32,}/y],
  [['PMAK-'], /[a-f0-9-]{24,}/y],
  // Vault, Grafana, Tailscale, age.
  [['hvs.', 'hvb.', 'hvr.'], /[\w-]{20,}/y],
  [['glsa_', 'glc_'], /[\w=+/]{30,}/y],
  [['tskey-'], /[\w-]{16,}/y],
  [['AGE-SECRET-KEY-1'], /[A-Z0-9]{50,}/y],
  // Base64 of a private key's first line, of a JSON Web Token, and Helm's packed releases (gzip in base64, once or twice).
  [['LS0tLS1CRUdJTi'], /(?:BQUklW|BSU0EgUFJJ|BFQyBQUk|BPUEVOU1|BFTkNSWV|BEU0EgUFJJ|BQR1AgUFJJ)[A-Za-z0-9+/=]{16,}/y],
  [['ZXlKaGJHY2lPaUp'], /[A-Za-z0-9+/=]{20,}/y],
  [['H4sIA', 'SDRzSUFB'], /[A-Za-z0-9+/=]{200,}/y],
  // Password hashes of crypt(3), which can be guessed offline.
  [['$2a$', '$2b$', '$2y$'], /\d\d\$[./A-Za-z0-9]{50,60}/y],
  [['$apr1$', '$1$', '$5$', '$6$', '$y$', '$argon2i$', '$argon2id$', '$scrypt$'], /[./A-Za-z0-9$=,+]{20,}/y],
]

const bodies = new Map(SHAPES.flatMap(([prefixes, body]) => prefixes.map((prefix) => [prefix, body])))
const prefixes = [...bodies.keys()]
const ANCHOR = new RegExp(prefixes.map((prefix) => RegExp.escape(prefix)).join('|'), 'g')

/** Masks tokens of known issuers, by their shape. */
export const tokenShapes: Scanner = {
  marks: prefixes,
  mask: (text) => {
    const masking = new Masking(text)
    ANCHOR.lastIndex = 0
    for (let hit = ANCHOR.exec(text); hit !== null; hit = ANCHOR.exec(text)) {
      const span = shapeAt(text, hit.index, hit[0])
      if (span === undefined) continue
      masking.mask(span)
      const secret = hit[0].startsWith('A') ? awsSecretAfter(text, span.end) : undefined
      if (secret !== undefined) masking.mask(secret)
      ANCHOR.lastIndex = masking.done
    }
    return masking.text()
  },
}

function shapeAt(text: string, start: number, prefix: string): Span | undefined {
  const body = bodies.get(prefix)
  if (body === undefined || !startsToken(text, start)) return undefined
  body.lastIndex = start + prefix.length
  return body.test(text) ? { start, end: body.lastIndex } : undefined
}

/** No letter or digit before it, but for the end of an escape such as `\n` or `%3D`. */
function startsToken(text: string, start: number): boolean {
  if (start === 0 || !/[A-Za-z0-9]/.test(text.charAt(start - 1))) return true
  return /(?:\\[nrt]|%[0-9A-Fa-f]{2})$/.test(text.slice(Math.max(0, start - 3), start))
}

const AWS_SECRET = /[\s:;,|/"']{1,8}([A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])/y

/** The secret access key that stands right behind its id. */
function awsSecretAfter(text: string, end: number): Span | undefined {
  AWS_SECRET.lastIndex = end
  const secret = AWS_SECRET.exec(text)?.[1]
  return secret === undefined ? undefined : { start: AWS_SECRET.lastIndex - secret.length, end: AWS_SECRET.lastIndex }
}
