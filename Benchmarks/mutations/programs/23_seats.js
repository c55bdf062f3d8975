// A small server that seats a party: a JSON body in, the tables from another service.
const http = require('node:http')

class Table {
  constructor({ id, seats, position, reserved }) {
    this.id = id
    this.seats = seats
    this.area = position.area.toLowerCase()
    this.reserved = reserved.map(({ from, to }) => [new Date(from).toISOString(), new Date(to).toISOString()])
  }

  isFree(at) {
    return this.reserved.every(([from, to]) => at < from || at >= to)
  }
}

async function ask(path) {
  const response = await fetch(process.env.API + path)
  if (!response.ok) throw new Error(`no ${path}`)
  return await response.json()
}

async function seat({ party, wishes = {}, at }, floor) {
  const tables = (await ask('/tables')).map(row => new Table(row))
  const { rules } = await ask(`/rules?floor=${floor}`)
  const people = party.adults + party.children.length
  const when = new Date(at).toISOString()
  const area = wishes.area?.trim() || null
  const [best] = tables
    .filter(t => t.seats >= people && t.isFree(when) && (!area || t.area === area))
    .sort((a, b) => a.seats - b.seats)
  const high = party.children.filter(child => child.age < rules.highChair.below).map(child => child.name.split(' ')[0])
  const deposit = (people * rules.deposit.cents / 100).toFixed(2)
  return { table: best.id.toUpperCase(), high, deposit, opens: rules.opens.slice(0, 5).padStart(5, '0') }
}

function body(request) {
  return new Promise((resolve, reject) => {
    let text = ''
    request.setEncoding('utf8').on('data', part => { text += part }).on('end', () => resolve(text)).on('error', reject)
  })
}

http.createServer(async (request, response) => {
  try {
    const url = new URL(request.url, 'http://localhost')
    const answer = await seat(JSON.parse(await body(request)), url.searchParams.get('floor').trim())
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(answer))
  } catch (problem) {
    console.error(problem)
    response.statusCode = 500
    response.end('sorry')
  }
}).listen(process.env.PORT, '127.0.0.1')
