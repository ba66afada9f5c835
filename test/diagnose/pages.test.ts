import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderOwn } from '../../src/services/docs/library/own.ts'
import { rules } from '../../src/services/diagnose/rules/index.ts'
import { DOCS, troublePages } from '../docs/pages.ts'

const rendered = new Map(renderOwn(DOCS).pages.map(({ path, markdown }) => [path, markdown]))

/** Troubles that are none: somebody wants it so, and a diagnosis is silent. */
const INTENDED = new Set(['cronjob-suspended', 'pod-completed'])

for (const { id, title } of rules)
  test(`${title}: its page ${id} is there and names the rule`, () => {
    assert.match(
      rendered.get(`troubleshooting/${id}`) ?? 'no such page',
      new RegExp(`k8s_diagnose_diagnose.*\\*${title}\\*`),
    )
  })

test('a page names no rule that is not there', () => {
  const titles = new Set(rules.map(({ id, title }) => `${id} ${title}`))
  const named = troublePages.flatMap(({ id, name }) => {
    const line =
      /^`k8s_diagnose_diagnose` finds this.*$/m.exec(rendered.get(`troubleshooting/${name}`) ?? '')?.[0] ?? ''
    return [...line.matchAll(/\*([^*]+)\*/g)].map(([, title = '']) => `${id} ${title}`)
  })
  assert.deepEqual(
    named.filter((each) => !titles.has(each)),
    [],
  )
  assert.equal(named.length, rules.length)
})

test('every trouble that was recorded is found by a rule of its page', () => {
  const found = new Set(rules.map(({ id }) => id))
  const missing = troublePages.filter(({ id, troubles }) => troubles.length > 0 && !found.has(id) && !INTENDED.has(id))
  assert.deepEqual(
    missing.map(({ id }) => id),
    [],
  )
})
