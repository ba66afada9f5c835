import { at, type Fields, listAt, textAt } from '../read.ts'
import type { Section } from '../schema.ts'
import type { Snapshot } from '../snapshot.ts'
import { joined } from '../words.ts'
import { facts, lines, selectorText, show, table } from './section.ts'

/** A Role or ClusterRole: its rules, one row each. */
export const roleSections = ({ object }: Snapshot): Section[] => [
  ...lines(
    'Role',
    facts(object, [['Aggregates', (it) => listAt(it, 'aggregationRule.clusterRoleSelectors').map(selectorText)]]),
  ),
  ...table('Rules', ['resources', 'names', 'urls', 'verbs'], listAt(object, 'rules').map(rule)),
]

const rule = (each: Fields): unknown[] => [
  resources(each),
  each['resourceNames'],
  each['nonResourceURLs'],
  each['verbs'],
]

/** Resources with their group, as kubectl writes them: `pods`, `deployments.apps`. */
function resources(each: Fields): string {
  const groups = at(each, 'apiGroups')
  const names = at(each, 'resources')
  if (!Array.isArray(groups) || !Array.isArray(names)) return show(names)
  return joined(groups.flatMap((group) => names.map((name) => joined([show(name), show(group)], '.'))))
}

/** A RoleBinding or ClusterRoleBinding: which role, for whom. */
export const bindingSections = ({ object }: Snapshot): Section[] => [
  ...lines(
    'Binding',
    facts(object, [['Role', (it) => joined([textAt(it, 'roleRef.kind'), textAt(it, 'roleRef.name')], '/')]]),
  ),
  ...table(
    'Subjects',
    ['kind', 'namespace', 'name'],
    listAt(object, 'subjects').map((each) => [each['kind'], each['namespace'], each['name']]),
  ),
]
