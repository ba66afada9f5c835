import type { TestCluster } from '../../test/cluster/cluster.ts'
import { onTerminal, skipWithoutTerminal } from '../../test/support/pty.ts'
import { type Agent, type Asked, askedIn } from './agent.ts'
import { commandLine, type Place, run } from './place.ts'

type Check = (what: string, right: boolean, found?: unknown) => void

/** The whole way of one change through the doors that people and agents use: asked, decided by a person, run, undone, in the audit. */
export async function checkChange(cluster: TestCluster, agent: Agent, place: Place, check: Check): Promise<void> {
  const before = await replicas(cluster)
  const asked = await agent.scale('shop', 'storefront', 5)
  check('an agent asks for a change, and nothing happens', asked.state === 'pending' && before === '3', asked)
  const listed = await run(place, 'approvals', '--json')
  check('k8s-mcp approvals lists it in a second terminal', listed.includes(asked.id), listed)
  const self = await approve(place, asked)
  check('the agent cannot approve it', self.status === 403, self)
  const { state } = await decided(agent, asked, () => byTerminal(place, asked))
  check('a person approves it in the terminal, and it runs', state === 'succeeded', state)
  check('the storefront has 5 replicas', (await replicas(cluster)) === '5')
  const back = await agent.undo(asked.id)
  const token = await run(place, 'token', 'create', '--kind', 'person', '--subject', 'alice', '--role', 'approver')
  const undone = await decided(agent, back, () => approve(place, back, token))
  check('a person with a token approves the undo by REST, and it runs', undone.state === 'succeeded', undone)
  check('the storefront has 3 replicas again', (await replicas(cluster)) === '3')
  const audit = await run(place, 'audit', 'verify')
  check('the audit is whole', audit.startsWith('The audit is whole.'), audit)
}

async function decided(agent: Agent, { id }: Asked, decide: () => Promise<unknown>): Promise<Asked> {
  const [end] = await Promise.all([agent.end(id), decide()])
  return end
}

async function approve({ base }: Place, { id, digest }: Asked, token?: string) {
  const credential = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const headers = { 'content-type': 'application/json', ...credential }
  const body = JSON.stringify({ digest })
  const answer = await fetch(`${base}/approvals/${id}/approve`, { method: 'POST', headers, body })
  const { status } = answer
  return { status, view: status === 200 ? askedIn(await answer.json()) : await answer.text() }
}

// As somebody at a keyboard does it; where no terminal can be made here, by the same socket without one.
async function byTerminal(place: Place, asked: Asked): Promise<void> {
  if (skipWithoutTerminal() !== false) {
    const token = await run(place, 'token', 'create', '--kind', 'person', '--subject', 'operator', '--role', 'approver')
    await approve(place, asked, token)
    return
  }
  const ends: (() => unknown)[] = []
  const terminal = onTerminal({ after: (work) => ends.push(work) }, commandLine(place, 'approvals'), {}, [100, 40])
  try {
    await terminal.shows(/Scale /)
    terminal.type('\r')
    await terminal.shows(/a: approve/)
    terminal.type('ay')
    await terminal.shows(/State: succeeded/)
  } finally {
    for (const end of ends) await end()
  }
}

async function replicas(cluster: TestCluster): Promise<string> {
  const query = ['-n', 'shop', 'get', 'deployment', 'storefront', '-o', 'jsonpath={.spec.replicas}']
  return (await cluster.kubectl(query)).stdout.trim()
}
