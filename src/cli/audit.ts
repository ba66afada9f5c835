import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { Config } from '../config.ts'
import { EXPORT, verifyChain } from '../services/administration.ts'
import { NoServer } from '../socket/client.ts'
import { parsed } from './arguments.ts'
import { COMMON, COMMON_HELP, type Command, placesIn, print, printJson, usage } from './command.ts'
import { clientOf, perform, withStore } from './reach.ts'

export const auditVerify: Command = {
  words: 'audit verify',
  help: `Usage: k8s-mcp audit verify [--head SEQ:HASH] [options]

Checks the audit from its first row: each row that was altered, removed or put elsewhere is found. A tail that was cut off
and a chain made anew show only against a head that you kept: every answer about an approval carries one, and so does this.
Exits with 1 where something is wrong.

  --head SEQ:HASH      a head that must be in it
${COMMON_HELP}`,
  async run(args, configOf) {
    const values = parsed(args, { ...COMMON, head: { type: 'string' } })
    const head = values.head === undefined ? {} : { head: headOf(values.head) }
    const found = await perform(configOf(placesIn(values)).config, verifyChain, head)
    if (values.json === true) printJson(found)
    else print(told(found))
    return found.fault === undefined ? 0 : 1
  },
}

export const auditExport: Command = {
  words: 'audit export',
  help: `Usage: k8s-mcp audit export [--since SEQ] [options]

Prints the audit as JSON lines, each row as it was hashed.

  --since SEQ          only the rows after this one
${COMMON_HELP}`,
  async run(args, configOf) {
    const values = parsed(args, { ...COMMON, since: { type: 'string' } })
    const { config } = configOf(placesIn(values))
    await exported(config, sinceOf(values.since))
    return 0
  },
}

interface Found {
  rows: number
  head: { seq: number; head: string }
  fault?: { seq: number; text: string }
}

function told({ rows, head, fault }: Found): string {
  if (fault !== undefined)
    return `Row ${fault.seq}: ${fault.text}. Rows before it that are as they were written: ${rows}.`
  return `The audit is whole. Rows: ${rows}. Head, to keep elsewhere: ${head.seq}:${head.head}`
}

function headOf(text: string): { seq: number; head: string } {
  const [, seq, head = ''] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (seq === undefined) throw usage(`--head "${text}" is not SEQ:HASH (a number, a colon, 64 hex digits).`)
  return { seq: Number(seq), head }
}

function sinceOf(text = '0'): number {
  if (!/^\d{1,15}$/.test(text)) throw usage(`--since "${text}" is not the number of a row.`)
  return Number(text)
}

async function exported(config: Config, since: number): Promise<void> {
  try {
    const path = `/admin/${EXPORT.name}`
    const answer = await clientOf(config).open({ method: 'POST', path, body: { since } })
    await toStdout(answer)
  } catch (error) {
    if (!(error instanceof NoServer)) throw error
    await withStore(config, (administration) => toStdout(Readable.from(administration.exported(since))))
  }
}

// Whoever reads only the first lines (head) closes our stdout: that is their good right.
async function toStdout(lines: Readable): Promise<void> {
  try {
    await pipeline(lines, process.stdout, { end: false })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
}
