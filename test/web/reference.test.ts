import assert from 'node:assert/strict'
import { test } from 'node:test'
import { site, visit } from './fixture.ts'

test('the page of a kind has as many levels as it can carry, and links to the rest', async () => {
  await using door = await site()
  for (const kind of ['Pod', 'Deployment', 'CronJob', 'StatefulSet']) {
    const { text } = await visit(door, `/api/${kind}`)
    assert.ok(Buffer.byteLength(text) <= 105 * 1024, `${kind}: ${Buffer.byteLength(text)} bytes`)
  }
  const pod = (await visit(door, '/api/Pod')).text
  assert.match(pod, /id="spec.containers.resources"/)
  assert.doesNotMatch(pod, /id="spec.containers.resources.limits"/)
  const link = '/api/Pod.v1?path=spec.containers.resources'
  assert.ok(pod.includes(`href="${link}"`))
  assert.match((await visit(door, link)).text, /id="spec.containers.resources.limits"/)
  assert.doesNotMatch((await visit(door, '/api/Service')).text, /class="more"/)
})

test('who reads the reference of another version stays in it', async () => {
  await using door = await site()
  const listed = await visit(door, '/api?version=1.33')
  assert.match(listed.text, /href="\/api\?version=1\.33" aria-current="page"/)
  const kind = '/api/Pod.v1?version=1.33'
  assert.ok(listed.text.includes(`href="${kind}"`))
  const { text } = await visit(door, kind)
  assert.match(text, /Kubernetes 1\.33/)
  const [main = ''] = /<main.*<\/main>/s.exec(text) ?? []
  const links = [...main.matchAll(/href="(\/api[^"]*)"/g)]
  assert.ok(links.length > 5)
  for (const [, href = ''] of links) assert.match(href, /version=1\.33/)
})

test('what a search finds of a field is on the page it leads to', async () => {
  await using door = await site()
  for (const path of ['spec.containers', 'spec.containers.resources.limits', 'spec.affinity.nodeAffinity']) {
    const { text } = await visit(door, `/search?q=pod.${path}`)
    const [, url = ''] = /<h2><a href="(\/api\/[^"]*)"/.exec(text) ?? []
    const page = await visit(door, url.replaceAll('&amp;', '&'))
    assert.ok(page.text.includes(`id="${path}"`), `${path}: ${url}`)
  }
})
