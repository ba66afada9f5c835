import { rules } from '../../diagnose/rules/index.ts'

const LOOK = '## Look at it\n'

/**
 * The Markdown of a page on a trouble, with the rules that find it by themselves named where a reader looks: what the page says and what
 * a diagnosis does cannot part. `id`: of the trouble. A page without rules stays as it is.
 */
export function withRules(id: string | undefined, body: string): string {
  const found = rules.filter((rule) => rule.id === id)
  if (found.length === 0) return body
  const names = found.map(({ title, severity }) => `*${title}* (${severity})`).join(', ')
  const line = `\`k8s_diagnose_diagnose\` finds this and names the cause, by REST with \`GET /cluster/diagnose\`: ${names}.`
  return body.replace(LOOK, () => `${LOOK}\n${line}\n`)
}
