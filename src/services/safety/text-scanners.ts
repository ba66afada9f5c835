import { authSchemes } from './auth-schemes.ts'
import { bootstrapTokens } from './bootstrap-tokens.ts'
import { namedPairs } from './named-pairs.ts'
import { namedValues } from './named-values.ts'
import { privateKeys } from './private-keys.ts'
import { secretManifests } from './secret-manifests.ts'
import { tokenShapes } from './token-shapes.ts'
import { type Scanner, triggerOf } from './triggers.ts'
import { urlPasswords } from './url-passwords.ts'
import { ESC } from './visible-text.ts'
import { webTokens } from './web-tokens.ts'

/** In this order: what is longest and surest first, so that the later ones meet `<masked>` and leave it. At most sixteen. */
const SCANNERS: readonly Scanner[] = [
  privateKeys,
  secretManifests,
  webTokens,
  tokenShapes,
  urlPasswords,
  authSchemes,
  namedPairs,
  namedValues,
  bootstrapTokens,
]
const trigger = triggerOf(SCANNERS)

/** A terminal's colours, raw or as escapes write them; log libraries put them between a name and its value. */
const COLOURS = new RegExp(`(?:${ESC}|\\\\u001b|\\\\x1b|\\\\033)\\[[0-9;]{0,16}m`, 'gi')

/**
 * Masks secrets in free text (logs, events, error messages, manifests, Helm values) as `<masked>` and leaves every other byte,
 * but for the colours of a text that has a secret: tokens of known issuers by their shape, private keys, passwords in addresses,
 * values behind a name that says what they are. Takes time linear in the text's length.
 */
export function scrubText(text: string): string {
  const found = trigger(text)
  if (found === 0) return text
  const plain = text.includes('[') ? text.replace(COLOURS, '') : text
  if (plain === text) return scrubbed(text, found)
  const masked = scrubbed(plain, trigger(plain))
  return masked === plain ? text : masked
}

const scrubbed = (text: string, found: number) =>
  SCANNERS.reduce((masked, scanner, bit) => ((found & (1 << bit)) === 0 ? masked : scanner.mask(masked)), text)
