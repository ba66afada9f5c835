import { evilCalls } from './evil-calls.ts'

evilCalls('names that lead elsewhere, in a change or a decision', ({ kind }) => kind !== 'read')
