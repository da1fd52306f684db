// Contact import the way the stack does it: a CSV stream, libphonenumber-js, and INSERT … ON CONFLICT of 500 rows.
//
//   DATABASE=postgresql://… FILE=contacts.csv BATCH=500 node import.mjs
//
// Prints one JSON line. The contact table is empty before.
import fs from 'node:fs'
import { parse } from 'csv-parse'
import { parsePhoneNumberFromString } from 'libphonenumber-js'
import pg from 'pg'

const { DATABASE, FILE } = process.env
const size = Number(process.env.BATCH ?? 500)
const database = new pg.Pool({ connectionString: DATABASE, max: 10 })

async function store(batch) {
  const values = []
  const places = [...batch].map(([phone, row]) => {
    values.push(phone, row.nome, row.email, row.cidade)
    const last = values.length
    return `($${last - 3}, $${last - 2}, $${last - 1}, $${last})`
  })
  await database.query(
    `insert into contact (phone, name, email, city) values ${places.join(', ')}
     on conflict (phone) do update set name = excluded.name, email = excluded.email, city = excluded.city`, values)
}

const start = performance.now()
let rows = 0
let batch = new Map()
for await (const row of fs.createReadStream(FILE).pipe(parse({ columns: true }))) {
  rows++
  const phone = parsePhoneNumberFromString(row.telefone, 'BR')
  if (phone?.isValid()) batch.set(phone.number, row)
  if (batch.size < size) continue
  await store(batch)
  batch = new Map()
}
if (batch.size) await store(batch)
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
const contacts = (await database.query('select count(*)::int as n from contact')).rows[0].n
console.log(JSON.stringify({ count: rows, seconds, contacts, cpu_seconds: (user + system) / 1e6 }))
process.exit(0)
