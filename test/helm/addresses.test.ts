import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressRefused, guardedLookup, type Reach, whyNotAddress } from '../../src/services/helm/addresses.ts'

const allowed = (address: string, reach: Reach) => whyNotAddress(address, reach) === undefined

test('an address of this machine, or link-local, is reached only where the operator wrote it', () => {
  const never = [
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '169.254.0.1',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'febf::1',
    'ff02::1',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    'fec0::1',
  ]
  for (const address of never) {
    assert.deepEqual(
      [allowed(address, 'outside'), allowed(address, 'inside'), allowed(address, 'anywhere')],
      [false, false, true],
      address,
    )
  }
})

test('a private address is reached where the operator wrote the name that leads to it', () => {
  const inside = [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    'fc00::1',
    '::ffff:10.0.0.1',
  ]
  for (const address of inside)
    assert.deepEqual([allowed(address, 'outside'), allowed(address, 'inside')], [false, true], address)
})

test('a public address is reached from everywhere', () => {
  for (const address of [
    '1.1.1.1',
    '172.32.0.1',
    '172.15.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
  ])
    assert.equal(allowed(address, 'outside'), true, address)
})

test('a name is looked up once, and refused where it leads to what is refused', async () => {
  const look = (reach: Reach, all: boolean) =>
    new Promise((resolve) => guardedLookup(reach)('localhost', { all }, (error, address) => resolve(error ?? address)))
  assert.ok((await look('inside', true)) instanceof AddressRefused)
  assert.ok((await look('outside', false)) instanceof AddressRefused)
  assert.match(String(await look('anywhere', false)), /^(?:127\.0\.0\.1|::1)$/)
  assert.ok(Array.isArray(await look('anywhere', true)))
})
