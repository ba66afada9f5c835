import { emitKeypressEvents } from 'node:readline'
import type { ReadStream } from 'node:tty'
import type { Key } from './keys.ts'

interface Typed {
  sequence?: string
  name?: string
  ctrl?: boolean
  meta?: boolean
}

/** Calls back with each key, until it is stopped. Knows what was pasted, where the terminal says so (bracketed paste). */
export function readKeys(input: ReadStream, pressed: (key: Key) => void): () => void {
  let pasted = false
  const hear = (text: string | undefined, { name = '', ctrl = false, meta = false, sequence = '' }: Typed): void => {
    if (name === 'paste-start' || name === 'paste-end') pasted = name === 'paste-start'
    else pressed({ name, text: typedBy(text ?? sequence, ctrl || meta), ctrl, pasted })
  }
  emitKeypressEvents(input)
  input.setRawMode(true)
  input.on('keypress', hear).resume()
  return () => {
    input.off('keypress', hear)
    input.setRawMode(false)
    input.pause()
  }
}

const CONTROL = /\p{Cc}/u
const typedBy = (text: string, withModifier: boolean): string => (withModifier || CONTROL.test(text) ? '' : text)
