import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contractOf } from './contract.ts'
import { ask, fieldsOf, listening } from './fixture.ts'

// Whatever a caller sends, the answer is one that the document describes, and never an error of ours.

const scraps = fc.constantFrom(
  '..',
  '.',
  '%2e',
  '%2f',
  '%252f',
  '%00',
  '%',
  '%zz',
  '%ff',
  '/',
  '//',
  ';',
  '=',
  '&',
  '+',
  '*',
  ':',
  '\\',
  '__proto__',
  'constructor',
  'limit',
  '-1',
  '1e9',
  'true',
  'name',
  'thing',
  'things',
  'log',
  'check',
  'a',
)
const text = fc
  .array(fc.oneof(scraps, fc.string({ unit: 'binary-ascii', maxLength: 5 }).map(encodeURIComponent)), { maxLength: 8 })
  .map((parts) => parts.join(''))
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS')
const path = fc.oneof(
  fc.constantFrom(
    '/things?limit=5&all=true',
    '/thing/shop/web',
    '/thing/shop/a%3Ab?wide=false',
    '/log',
    '/log?follow=true',
    '/livez',
  ),
  text.map((each) => `/${each}`),
  text.map((each) => `/thing/shop/${each}`),
  text.map((each) => `/things?${each}`),
  fc.tuple(text, text).map(([name, value]) => `/things?${name}=${value}`),
  text.map((each) => `/log?follow=${each}`),
)
const type = fc.constantFrom('application/json', 'application/yaml', 'text/plain', '')
const body = fc.option(fc.oneof(fc.json(), text), { nil: undefined })
const accept = fc.constantFrom('*/*', 'application/json', 'text/plain', 'text/event-stream', 'image/png', '')

test('any request is answered, and no answer is an error of ours', async () => {
  await using door = await listening()
  const faults = contractOf(fieldsOf((await ask(door.port, '/openapi.json')).body))
  const property = fc.asyncProperty(
    method,
    path,
    type,
    accept,
    body,
    async (...[verb, target, contentType, accepted, content]) => {
      const headers = {
        ...(contentType === '' ? {} : { 'content-type': contentType }),
        accept: accepted,
        'content-length': String(Buffer.byteLength(content ?? '')),
      }
      const reply = await ask(door.port, target.replaceAll(' ', '%20'), {
        method: verb,
        headers,
        ...(content === undefined ? {} : { body: content }),
      })
      assert.ok(reply.status < 500, `${verb} ${target}: ${reply.status} ${reply.body}`)
      if (reply.status >= 400 && verb !== 'HEAD')
        assert.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8')
      const described = {
        method: verb,
        path: target.split('?')[0] ?? '',
        status: reply.status,
        contentType: reply.headers['content-type'],
        body: reply.body,
      }
      if (reply.status === 200 && verb === 'GET' && !target.startsWith('/swagger'))
        assert.deepEqual(faults(described), [])
    },
  )
  await fc.assert(property, { numRuns: 1500 })
})
