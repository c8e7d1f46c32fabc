// A Bluesky server and its directory on loopback, with accounts under .test and no outside connections.
// node serve.mjs PDS_PORT PLC_PORT DATA_FOLDER
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PDS } from '@atproto/pds'
import directory from '@did-plc/server'

const [pdsPort, plcPort, folder] = process.argv.slice(2)
const { Database, PlcServer } = directory.PlcServer ? directory : directory.default

const plc = PlcServer.create({ db: Database.mock(), port: Number(plcPort) })
await plc.start()

mkdirSync(join(folder, 'rows'), { recursive: true })
const nowhere = 'http://127.0.0.1:9'
const pds = await PDS.fromEnv({
  devMode: true,
  hostname: 'localhost',
  port: Number(pdsPort),
  dataDirectory: join(folder, 'rows'),
  blobstoreDiskLocation: join(folder, 'blobs'),
  didPlcUrl: `http://localhost:${plcPort}`,
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  adminPassword: randomBytes(8).toString('hex'),
  jwtSecret: randomBytes(16).toString('hex'),
  plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  rateLimitsEnabled: false,
  bskyAppViewUrl: nowhere,
  bskyAppViewDid: 'did:example:none',
  modServiceUrl: nowhere,
  modServiceDid: 'did:example:none',
})
await pds.start()

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await pds.destroy()
    await plc.destroy()
    process.exit(0)
  })
}
