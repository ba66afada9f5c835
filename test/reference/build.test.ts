import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Definitions, isReferenceFile } from '../../src/services/docs/reference/definitions.ts'
import { qualified } from '../../src/services/docs/reference/names.ts'
import { objectIn } from '../../src/services/docs/reference/type-text.ts'
import { scrubText } from '../../src/services/safety/scrub-text.ts'
import { build, kindOf } from './support.ts'

const read = (path: string): Definitions => {
  const file: unknown = JSON.parse(readFileSync(path, 'utf8'))
  assert.ok(isReferenceFile(file))
  return new Definitions(file)
}

test('every installed version is built, in less than 2 MB each', () => {
  const { files } = build()
  assert.deepEqual(
    files.map(({ version }) => version),
    ['1.36', '1.34', '1.33', '1.32'],
  )
  for (const { version, bytes, kinds, fields } of files) {
    assert.ok(bytes <= 2_000_000, `${version}: ${bytes} bytes`)
    assert.ok(kinds >= 80 && fields >= 2_000, `${version}: ${kinds} kinds, ${fields} fields`)
  }
})

test('a version is loaded in less than 50 ms', () => {
  const [newest] = build().files
  // The quickest of three: others are at work on this machine.
  const times = [1, 2, 3].map(() => {
    const started = performance.now()
    read(newest?.path ?? '')
    return performance.now() - started
  })
  assert.ok(Math.min(...times) < 50, `${times.join(', ')} ms`)
})

for (const { version, path } of build().files) {
  test(`${version}: every type that a field names is there, and reached from a kind`, () => {
    const definitions = read(path)
    const reached = new Set(definitions.kinds.map(({ type }) => type))
    for (const type of reached)
      for (const field of definitions.type(type)?.fields ?? []) {
        const inner = objectIn(field.type)
        if (inner === undefined) continue
        assert.ok(definitions.type(inner), `${type}.${field.name} names ${inner}`)
        reached.add(inner)
      }
    assert.deepEqual([...reached].toSorted(), [...definitions.typeNames].toSorted())
  })

  test(`${version}: kinds have names of their own, versions that are gone are not among them`, () => {
    const definitions = read(path)
    const names = definitions.kinds.map(qualified)
    assert.equal(new Set(names).size, names.length)
    assert.ok(!names.includes('FlowSchema.v1beta3.flowcontrol.apiserver.k8s.io'))
    assert.deepEqual(kindOf(definitions, 'Deployment.v1.apps').shortNames, ['deploy'])
    assert.equal(kindOf(definitions, 'Node.v1').namespaced, false)
    assert.equal(kindOf(definitions, 'Eviction.v1.policy').name, 'pods/eviction')
  })

  test(`${version}: nearly every field has a description, and next to none looks like a secret`, () => {
    const definitions = read(path)
    const fields = definitions.typeNames.flatMap((name) => definitions.type(name)?.fields ?? [])
    const silent = fields.filter(({ description }) => description === '')
    assert.ok(silent.length < fields.length * 0.05, `${silent.length} of ${fields.length} say nothing`)
    const masked = new Set(fields.map((each) => each.description).filter((text) => scrubText(text) !== text))
    assert.ok(masked.size <= 1, [...masked].join('\n'))
    assert.ok(!fields.some(({ description }) => /&(quot|#39|lt|gt|amp);|\\'/.test(description)))
  })
}

test('an older version has the fields of its time', () => {
  const [newest, , , oldest] = build().files.map(({ path }) => read(path))
  assert.ok(newest !== undefined && oldest !== undefined)
  const names = (each: Definitions) => each.type('V1PodSpec')?.fields.map(({ name }) => name) ?? []
  assert.ok(names(newest).includes('hostnameOverride'))
  assert.ok(!names(oldest).includes('hostnameOverride'))
  assert.ok(names(oldest).includes('containers'))
  assert.match(oldest.notes.join(), /newer version/)
  assert.deepEqual(newest.notes, [])
})
