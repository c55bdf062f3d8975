// Tracks parcels: an HTTP service that asks carriers; state machine in a table.
const http = require('node:http')

const NEXT = { created: ['picked'], picked: ['hub', 'lost'], hub: ['hub', 'delivery'], delivery: ['done', 'hub'], done: [], lost: [] }

const call = async (path) => {
  const answer = await fetch(process.env.API + path, { headers: { accept: 'application/json' } })
  if (!answer.ok) throw new Error(`carrier said ${answer.status} to ${path}`)
  return answer.json()
}

class Parcel {
  constructor({ code, carrier, weight, route, events }) {
    Object.assign(this, { code, carrier, route, events })
    this.kilos = weight.value * (weight.unit === 'lb' ? 0.4536 : 1)
  }

  get state() {
    return this.events.reduce((state, { type }) => {
      if (!NEXT[state].includes(type)) throw new RangeError(`${state} cannot become ${type}`)
      return type
    }, 'created')
  }

  get where() { return this.events.at(-1).place.city.normalize('NFC') }

  eta(speeds) {
    const left = this.route.legs.filter(leg => !leg.done).map(leg => leg.km).reduce((a, b) => a + b, 0)
    const hours = left / speeds[this.carrier].kmh
    return new Date(Date.parse(this.events[0].at) + hours * 3600e3).toISOString()
  }
}

async function report(query) {
  const { codes, prices } = query
  const carriers = Object.fromEntries((await call('/carriers')).carriers.map(c => [c.id, c]))
  const lines = []
  for (const code of codes) {
    const parcel = new Parcel(await call(`/parcels/${code}`))
    const carrier = carriers[parcel.carrier]
    const price = (parcel.kilos * carrier.tariff.perKilo + prices.base).toFixed(2)
    lines.push(`${parcel.code.padEnd(6)} ${carrier.name.toUpperCase()} ${parcel.state} ${parcel.where} ${parcel.eta(carriers)} ${price} ${carrier.phones[0].replace(/\s/g, '')}`)
  }
  return lines
}

http.createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  try {
    response.end((await report(JSON.parse(body))).join('\n'))
  } catch (error) {
    console.error(error)
    response.statusCode = 500
    response.end()
  }
}).listen(Number(process.env.PORT), '127.0.0.1')
