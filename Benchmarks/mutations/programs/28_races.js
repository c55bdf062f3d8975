// Standings of a series of races.
class Clock {
  static parse(text) {
    const [, minutes, seconds] = text.match(/^(\d+):(\d\d(?:\.\d+)?)$/)
    return Number(minutes) * 60 + Number(seconds)
  }

  static show(seconds) {
    return `${Math.trunc(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`
  }
}

class Series {
  #points = new Map()

  constructor({ scheme: { points, bonus }, title }) {
    this.scheme = points
    this.bonus = bonus ?? 0
    this.title = title
  }

  add(race) {
    const finished = race.results.filter(r => r.status === 'ok')
    finished.sort((a, b) => Clock.parse(a.time) - Clock.parse(b.time)).forEach(({ rider: { id } }, place) => {
      const before = this.#points.get(id) ?? []
      this.#points.set(id, [...before, (this.scheme[place] ?? 0) + (place === 0 ? this.bonus : 0)])
    })
    return finished[0]
  }

  * standings() {
    const sum = list => list.reduce((total, n) => total + n, 0)
    const rows = [...this.#points].map(([id, list]) => ({ id, total: sum(list), best: Math.max(...list) }))
    yield * rows.sort((a, b) => b.total - a.total || a.id - b.id)
  }
}

const get = async path => {
  const answer = await fetch(new URL(path, process.env.API))
  if (answer.status !== 200) throw new Error(`${path}: HTTP ${answer.status}`)
  return answer.json()
}

async function main() {
  const [series, riders, { races }] = await Promise.all([get('/series/2'), get('/riders'), get('/races?series=2')])
  const table = new Series(series)
  const names = Object.fromEntries(riders.map(({ id, name: { first, last } }) => [id, `${last.toUpperCase()}, ${first.at(0)}.`]))
  for (const race of races) {
    const winner = table.add(race)
    const day = new Intl.DateTimeFormat('de', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(race.day))
    console.log(day, race.place.trim().padEnd(10), winner ? Clock.show(Clock.parse(winner.time)) : '-')
  }
  for (const { id, total, best } of table.standings()) console.log(names[id].padEnd(16), total.toFixed(0).padStart(4), best)
}

main()
