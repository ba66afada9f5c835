import type { Agent, Asked } from './agent.ts'
import type { Place } from './place.ts'

const LINE = '─'.repeat(72)

/** Lets an agent ask for a change, waits for what the person decides in another terminal, and lets the agent ask to put it back. */
export async function showChange(agent: Agent, { data }: Place, say: (line: string) => void): Promise<void> {
  const asked = await agent.scale('shop', 'storefront', 5)
  say(LINE)
  say(`An agent asks: ${asked.summary}`)
  say('Nothing has happened yet. Decide it in a second terminal, in this folder:')
  say(`\n  npm start --silent -- approvals --data-dir ${data}\n`)
  say('enter shows what would happen, a approves exactly that, d denies it with a reason.')
  if ((await ended(agent, asked, say)).state !== 'succeeded') return
  const back = await agent.undo(asked.id)
  say(`The agent asks to put it back, which waits for you too: ${back.summary}`)
  await ended(agent, back, say)
  say(`What happened, by whom, and that nobody has changed the record of it:`)
  say(`\n  npm start --silent -- audit verify --data-dir ${data}`)
  say(LINE)
}

async function ended(agent: Agent, { id }: Asked, say: (line: string) => void): Promise<Asked> {
  const end = await agent.end(id)
  say(`\n${end.state}: the agent is told: ${end.next}\n`)
  return end
}
