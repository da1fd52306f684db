// Webhook intake the way the stack does it: Express verifies and queues, a BullMQ worker writes to PostgreSQL.
//
//   ROLE=server|worker DATABASE=postgresql://… REDIS=redis://… PORT=8080 SECRET=… CONCURRENCY=20 node webhook.mjs
//
// The answer goes out as soon as Redis has the job. The worker finds or creates contact and conversation, stores the
// message once (unique wamid) and brings the conversation up to date, as an ORM would; a status is one UPDATE.
import crypto from 'node:crypto'
import { Queue, Worker } from 'bullmq'
import express from 'express'
import IORedis from 'ioredis'
import pg from 'pg'

const { ROLE, DATABASE, REDIS, SECRET } = process.env
const redis = () => new IORedis(REDIS, { maxRetriesPerRequest: null })

function isSigned(request) {
  const given = Buffer.from(String(request.headers['x-hub-signature-256'] ?? '').replace('sha256=', ''), 'hex')
  const expected = crypto.createHmac('sha256', SECRET).update(request.rawBody).digest()
  return given.length === expected.length && crypto.timingSafeEqual(given, expected)
}

function jobsOf(body) {
  const changes = (body.entry ?? []).flatMap(entry => entry.changes ?? [])
  return changes.flatMap(({ value }) => [
    ...(value.messages ?? []).map(message => (
      { name: 'message', data: { message, contact: value.contacts?.[0], meta: value.metadata }, opts: { jobId: message.id } })),
    ...(value.statuses ?? []).map(status => ({ name: 'status', data: { status } })),
  ])
}

function serve() {
  const defaultJobOptions = { removeOnComplete: true, attempts: 3, backoff: { type: 'exponential', delay: 1000 } }
  const queue = new Queue('inbound', { connection: redis(), defaultJobOptions })
  const app = express()
  app.use(express.json({ limit: '2mb', verify: (request, _response, bytes) => { request.rawBody = bytes } }))
  app.post('/webhook', async (request, response) => {
    if (!isSigned(request)) return response.sendStatus(401)
    const jobs = jobsOf(request.body)
    if (jobs.length === 1) await queue.add(jobs[0].name, jobs[0].data, jobs[0].opts)
    else if (jobs.length) await queue.addBulk(jobs)
    response.sendStatus(200)
  })
  app.listen(Number(process.env.PORT), '127.0.0.1')
}

function work() {
  const pool = new pg.Pool({ connectionString: DATABASE, max: 20 })
  const first = async (sql, values) => (await pool.query(sql, values)).rows[0]

  async function conversationOf({ message, contact }) {
    const person = await first('select id from contact where phone = $1', [message.from])
      ?? await first('insert into contact (phone, name) values ($1, $2) on conflict (phone) do update set name = excluded.name returning id',
        [message.from, contact?.profile?.name])
    return await first('select id from conversation where contact_id = $1', [person.id])
      ?? await first("insert into conversation (contact_id) values ($1) on conflict (contact_id) do update set status = 'open' returning id",
        [person.id])
  }

  async function storeMessage(data) {
    const { message } = data
    const conversation = await conversationOf(data)
    const stored = await pool.query(
      'insert into message (conversation_id, wamid, kind, body, raw) values ($1, $2, $3, $4, $5) on conflict (wamid) do nothing',
      [conversation.id, message.id, message.type, message.text?.body, JSON.stringify(data)])
    if (!stored.rowCount) return
    await pool.query('update conversation set unread = unread + 1, last_message_at = now(), last_preview = left($2, 80) where id = $1',
      [conversation.id, message.text?.body])
  }

  async function storeStatus({ status }) {
    await pool.query('update recipient set status = $2, updated_at = now() where wamid = $1', [status.id, status.status])
  }

  const effects = { message: storeMessage, status: storeStatus }
  new Worker('inbound', job => effects[job.name](job.data), { connection: redis(), concurrency: Number(process.env.CONCURRENCY ?? 20) })
}

if (ROLE === 'server') serve()
else work()
