import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { approvalScene, askFor } from './support/approvals.ts'
import { eras, type Progress } from './support/clients.ts'

// Alone in its file, all eras at once: it takes the eleven seconds that it waits.
suite('who waits long', { concurrency: true }, () => {
  for (const era of eras)
    test(`hears from time to time that it still waits (${era.name})`, async (t) => {
      const scene = await approvalScene(t)
      const client = await era.http({ url: scene.url })
      const { id } = await askFor(client, 'prod')
      const heard: Progress[] = []
      const onprogress = (each: Progress) => void heard.push(each)
      const { text } = await client.call('k8s_approvals_get_approval', { id, wait: 11 }, { onprogress })
      assert.match(text, /: pending\. Nothing has happened yet\./)
      const [first, beat, ...more] = heard.map(({ progress }) => progress)
      assert.ok(first !== undefined && first < 1 && beat !== undefined && beat >= 10 && beat < 11, `${first} ${beat}`)
      assert.deepEqual(more, [])
      await client.close()
    })
})
