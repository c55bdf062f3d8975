// A departure board as an HTTP service; trains, stations and messages come from elsewhere.
const http = require('http')

class Train {
  #raw
  constructor(raw) { this.#raw = raw }
  get label() { return `${this.#raw.line.product} ${this.#raw.line.number}` }
  get via() { return this.#raw.stops.slice(1, -1).map(s => s.station) }
  get last() { return this.#raw.stops[this.#raw.stops.length - 1].station }
  get delay() { return this.#raw.realtime ? this.#raw.realtime.delay / 60 : 0 }
  get platform() { return this.#raw.platform.match(/^(\d+)([a-z]?)/)[1] }
  get at() { return new Date(this.#raw.departure) }
}

const get = path => new Promise((resolve, reject) => {
  http.get(process.env.API + path, response => {
    let text = ''
    response.on('data', chunk => { text += chunk })
    response.on('end', () => { try { resolve(JSON.parse(text)) } catch (e) { reject(e) } })
  }).on('error', reject)
})

async function board({ station, limit, types }) {
  const wanted = new Set(types.split(','))
  const stations = Object.fromEntries((await get('/stations')).map(({ id, names }) => [id, names.short || names.long]))
  const { departures } = await get(`/board/${station}`)
  const { messages } = await get('/messages')
  const lines = []
  for (const raw of departures.slice(0, limit.max)) {
    const train = new Train(raw)
    if (!wanted.has(raw.line.product)) continue
    const notes = messages.filter(m => m.lines.includes(raw.line.number)).map(m => m.text.en.split('.')[0])
    lines.push({
      label: train.label, at: train.at.toISOString().slice(11, 16), to: stations[train.last].toUpperCase(),
      via: train.via.map(id => stations[id].trim()), delay: train.delay.toFixed(0), platform: train.platform, notes
    })
  }
  return lines
}

http.createServer((request, response) => {
  const parts = []
  request.on('data', p => parts.push(p)).on('end', async () => {
    try {
      const wish = JSON.parse(Buffer.concat(parts).toString())
      response.end(JSON.stringify(await board(wish)))
    } catch (error) {
      console.error(error)
      response.writeHead(500).end()
    }
  })
}).listen(process.env.PORT)
