import type { Config } from '../config.ts'
import { dataPlaces } from '../config.ts'
import { problems } from '../errors.ts'
import { statesOf } from '../services/approvals/desk.ts'
import { readStore } from '../services/approvals/sqlite-read.ts'
import { type ApprovalView, viewOf, type Whole } from '../services/approvals/view.ts'
import { NoServer } from '../socket/client.ts'
import { parsedWithWords } from './arguments.ts'
import { COMMON, COMMON_HELP, type Command, placesIn, print, printJson, remark, usage } from './command.ts'
import { clientOf } from './reach.ts'
import { table } from './table.ts'
import { approvalLines, leftOf } from './terminal/approval.ts'
import { painted } from './terminal/lines.ts'
import { approvalsPage } from './terminal/page.ts'
import { ApprovalService } from './terminal/service.ts'

export const approvals: Command = {
  words: 'approvals',
  help: `Usage: k8s-mcp approvals [options] [ID]

On a terminal: what agents have asked for, live, to decide. Elsewhere: the same, printed once. ID: that one.

  enter   shows one: warnings first, then what would change, line by line
  a       approves exactly what is on the screen      d   denies, with a reason
  c       cancels what you asked for, or your vote    u   asks for the change that undoes it
  r       says what became of one whose outcome is unknown
  tab     all, or only what is open                   q   back, and out

  --all                those at their end too
${COMMON_HELP}`,
  async run(args, configOf) {
    const { values, positionals } = parsedWithWords(args, { ...COMMON, all: { type: 'boolean' } })
    const [id, ...more] = positionals
    if (more.length > 0) throw usage('approvals takes one ID.')
    const { config } = configOf(placesIn(values))
    const wanted = { id, all: values.all === true, json: values.json === true }
    try {
      await online(config, wanted)
    } catch (error) {
      if (!(error instanceof NoServer)) throw error
      offline(config, wanted)
      remark('k8s-mcp: no server is running, so nothing can be decided and nothing runs. Start one with: k8s-mcp')
    }
    return 0
  },
}

interface Wanted {
  id: string | undefined
  all: boolean
  json: boolean
}

async function online(config: Config, { id, all, json }: Wanted): Promise<void> {
  const client = clientOf(config)
  const service = new ApprovalService(client)
  const { stdin: input, stdout: output } = process
  if (!json && input.isTTY && output.isTTY && config.environment.TERM !== 'dumb') {
    if (!(await client.isThere())) throw new NoServer('the socket')
    return approvalsPage({ service, input, output, colors: colorsIn(config), all, first: id })
  }
  if (id !== undefined) return showOne(await service.get(id), json)
  showAll((await service.list(all, Number.POSITIVE_INFINITY)).approvals, json)
}

function offline(config: Config, { id, all, json }: Wanted): void {
  const store = readStore(dataPlaces(config))
  try {
    if (id === undefined)
      return showAll(
        (store?.list(statesOf(all ? 'all' : 'open')) ?? []).map((approval) => viewed({ approval })),
        json,
      )
    const whole = store?.whole(id)
    if (whole === undefined) throw problems.approvalNotFound(id.slice(0, 64))
    showOne(viewed(whole), json)
  } finally {
    store?.close()
  }
}

// Whoever can read the store may decide about it once a server runs.
const viewed = (whole: Whole): ApprovalView => viewOf(whole, { person: true, approver: true, url: '' })

function showOne(view: ApprovalView, json: boolean): void {
  if (json) printJson(view)
  else print(painted(approvalLines(view, Date.now()), false).join('\n'))
}

function showAll(views: readonly ApprovalView[], json: boolean): void {
  if (json) return printJson({ approvals: views })
  if (views.length === 0) return print('Nothing waits.')
  print(table(['ID', 'STATE', 'RISK', 'LEFT', 'ASKED BY', 'SUMMARY'], views.map(rowOf)))
}

function rowOf({ id, state, risk, expiresAt, requester, summary, operation }: ApprovalView): string[] {
  const left = state === 'pending' ? leftOf(expiresAt, Date.now()).replace('expires in ', '') : '-'
  return [id, state, risk ?? '-', left, `${requester.kind}:${requester.subject}`, summary ?? operation]
}

/** https://no-color.org: any value but the empty one. */
const colorsIn = ({ environment: { NO_COLOR = '' } }: Config): boolean => NO_COLOR === ''
