// Shows free places of car parks near an address, with the price of an evening.
const api = process.env.API

const load = async (path) => {
  const answer = await fetch(`${api}${path}`)
  const data = await answer.json()
  return data.result ?? data
}

function tariffOf(park, tariffs) {
  const tariff = tariffs.find((t) => t.code === park.tariff)
  const steps = tariff.steps.slice().sort((a, b) => a.hours - b.hours)
  return { steps, night: tariff.night.flat, currency: tariff.currency.toUpperCase() }
}

function price({ steps, night, currency }, hours, late) {
  if (late) return `${night.toFixed(2)} ${currency}`
  const step = steps.find((s) => hours <= s.hours) ?? steps.at(-1)
  return `${step.price.toFixed(2)} ${currency}`
}

const distance = ([x, y], [a, b]) => Math.hypot(x - a, y - b)

function opening(park, weekday) {
  const { open, close } = park.hours[weekday]
  const [h, m] = open.split(':').map(Number)
  if (Number.isNaN(h) || Number.isNaN(m)) throw new Error(`bad time: ${open}`)
  return `${h}:${String(m).padStart(2, '0')}–${close.trim()}`
}

async function main() {
  const place = await load('/geocode?q=Markt+1')
  const [{ location }] = place.hits
  const [parks, tariffs, live] = await Promise.all([load('/parks'), load('/tariffs'), load('/live')])
  const free = new Map(live.map((l) => [l.park, l.sensors.reduce((sum, s) => sum + s.free, 0)]))
  const near = parks.filter((p) => distance(p.position, location.coordinates) < 5)
  for (const park of near) {
    const tariff = tariffOf(park, tariffs)
    const places = BigInt(free.get(park.id)).toString()
    const tags = park.tags.map((t) => t.toLowerCase()).join(',')
    console.log(park.name.padEnd(12), places.padStart(4), price(tariff, 3, park.late), opening(park, 'fri'), tags, park.operator?.phone ?? '-')
  }
}

main()
