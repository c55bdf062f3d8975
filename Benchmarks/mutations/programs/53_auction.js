// Closes auctions: bids and items from two services, fees from a third; prints invoices.
class Money {
  constructor(cents, currency) {
    if (!Number.isInteger(cents)) throw new TypeError(`not a whole number of cents: ${cents}`)
    this.cents = cents
    this.currency = currency
  }

  plus(other) {
    if (other.currency !== this.currency) throw new Error(`cannot add ${other.currency} to ${this.currency}`)
    return new Money(this.cents + other.cents, this.currency)
  }

  toString() { return (this.cents / 100).toLocaleString('en', { style: 'currency', currency: this.currency }) }
}

async function get(path) {
  const response = await fetch(new URL(path, process.env.API))
  if (response.status === 404) return null
  return response.json()
}

function winner(bids, reserve) {
  const valid = bids.filter(bid => !bid.withdrawn && bid.amount.cents >= reserve)
  valid.sort((a, b) => b.amount.cents - a.amount.cents || Date.parse(a.at) - Date.parse(b.at))
  return valid[0]
}

function feeOf(price, steps) {
  let fee = 0
  for (const { upTo, rate } of steps) {
    fee = Math.round(price.cents * rate)
    if (upTo === null || price.cents <= upTo) break
  }
  return new Money(fee, price.currency)
}

async function close(item, users, fees) {
  const { bids } = await get(`/bids/${item.id}`)
  const best = winner(bids, item.reserve ?? 0)
  if (!best) return `${item.title}: unsold`
  const buyer = users[best.bidder]
  const price = new Money(best.amount.cents, best.amount.currency)
  const total = price.plus(feeOf(price, fees[item.category].steps))
  const to = `${buyer.name.given[0]}. ${buyer.name.family} ${buyer.address.country.toUpperCase()}`
  return `${item.title.trim().slice(0, 20)} ${to} ${total} ${new Date(best.at).toISOString().slice(0, 10)} ${item.images.map(i => i.url.split('/').pop()).join(' ')}`
}

async function main() {
  const fees = (await get('/fees')).categories
  const users = Object.fromEntries((await get('/users')).map(u => [u.id, u]))
  for (const item of (await get('/items?state=ended')).items) console.log(await close(item, users, fees))
}

main()
