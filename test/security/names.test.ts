import { evilCalls } from './evil-calls.ts'

evilCalls('names that lead elsewhere, in a read', ({ kind }) => kind === 'read')
