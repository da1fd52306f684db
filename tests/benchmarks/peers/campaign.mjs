// Campaign dispatch the way the stack does it: one BullMQ job per recipient, one POST and one UPDATE each.
//
//   DATABASE=postgresql://… REDIS=redis://… GRAPH=http://127.0.0.1:8090 CLIENT=axios|undici CONCURRENCY=64 RATE=0
//   node campaign.mjs
//
// The pending recipients of campaign 1 are in the table already. Prints one JSON line when the last one is sent.
// Where a choice was open the faster one was taken: keep-alive, bulk enqueueing, a pool of 20, no counter row.
import http from 'node:http'
import axios from 'axios'
import { Queue, Worker } from 'bullmq'
import IORedis from 'ioredis'
import pg from 'pg'
import { Pool } from 'undici'

const { DATABASE, REDIS, GRAPH, CLIENT = 'axios' } = process.env
const concurrency = Number(process.env.CONCURRENCY ?? 64)
const rate = Number(process.env.RATE ?? 0)
const CAMPAIGN = 1
const PATH = '/v23.0/106540352242922/messages'
const HEADERS = { authorization: 'Bearer TOKEN', 'content-type': 'application/json' }

const redis = () => new IORedis(REDIS, { maxRetriesPerRequest: null })
const database = new pg.Pool({ connectionString: DATABASE, max: 20 })

function body(recipient) {
  const parameters = [{ type: 'text', text: recipient.name }, { type: 'text', text: '10%' }]
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: recipient.phone,
    type: 'template',
    biz_opaque_callback_data: String(recipient.id),
    template: { name: 'promo', language: { code: 'pt_BR' }, components: [{ type: 'body', parameters }] },
  }
}

function axiosPost() {
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets: concurrency })
  const client = axios.create({ baseURL: GRAPH, headers: HEADERS, httpAgent })
  return async message => (await client.post(PATH, message)).data
}

function undiciPost() {
  const pool = new Pool(GRAPH, { connections: concurrency, pipelining: 1 })
  return async message => {
    const answer = await pool.request({ path: PATH, method: 'POST', headers: HEADERS, body: JSON.stringify(message) })
    return answer.body.json()
  }
}

const post = CLIENT === 'undici' ? undiciPost() : axiosPost()

async function enqueue(recipients) {
  const queue = new Queue('campaign', { connection: redis() })
  const opts = { attempts: 3, backoff: { type: 'exponential', delay: 2000 }, removeOnComplete: true }
  for (let i = 0; i < recipients.length; i += 1000) {
    await queue.addBulk(recipients.slice(i, i + 1000).map(data => ({ name: 'send', data, opts })))
  }
}

async function send(job) {
  const answer = await post(body(job.data))
  await database.query(
    "update recipient set status = 'sent', wamid = $2, sent_at = now(), updated_at = now(), attempts = attempts + 1 where id = $1",
    [job.data.id, answer.messages[0].id])
}

function drain(count) {
  const limiter = rate ? { limiter: { max: rate, duration: 1000 } } : {}
  const worker = new Worker('campaign', send, { connection: redis(), concurrency, ...limiter })
  worker.on('failed', (_job, error) => console.error('failed', error.message))
  let done = 0
  return new Promise(resolve => worker.on('completed', () => { if (++done === count) resolve() }))
}

const start = performance.now()
const { rows } = await database.query(
  "select id, phone, name from recipient where campaign_id = $1 and status = 'pending' order by id", [CAMPAIGN])
await enqueue(rows)
await drain(rows.length)
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ count: rows.length, seconds, cpu_seconds: (user + system) / 1e6 }))
process.exit(0)
