import { Masking } from './masking.ts'
import type { Scanner } from './triggers.ts'

/** A bootstrap token: six characters that name it, a dot, sixteen that are the secret. */
const TOKEN = /(?<![a-z0-9.-])([a-z0-9]{6}\.)([a-z0-9]{16})(?![a-z0-9.-])/g
const NEAR = /token|bootstrap|kubeadm|discovery/i
const DISTANCE = 100

/** Masks the secret half of Kubernetes bootstrap tokens; host names look like them, so a word in front has to say that it is one. */
export const bootstrapTokens: Scanner = {
  marks: ['token', 'bootstrap', 'kubeadm', 'discovery'],
  mask: (text) => {
    const masking = new Masking(text)
    for (const hit of text.matchAll(TOKEN)) {
      const [whole, , secret = ''] = hit
      const end = hit.index + whole.length
      if (NEAR.test(text.slice(Math.max(0, hit.index - DISTANCE), hit.index)))
        masking.mask({ start: end - secret.length, end })
    }
    return masking.text()
  },
}
