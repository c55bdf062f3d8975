// Prints the basket of a visitor with shipping.
const api = process.env.API

async function get(path) {
  const response = await fetch(api + path)
  if (!response.ok) throw new Error(`GET ${path}: ${response.status}`)
  return response.json()
}

function priceOf({ unit, quantity, offers }) {
  const best = offers.map(({ percent }) => percent).reduce((a, b) => Math.max(a, b), 0)
  return unit.amount.toFixed(2) * quantity * (1 - best / 100)
}

function describe(item, stock) {
  const { name, options: { size, colour = 'any' } } = item
  const { left, warehouse } = stock.get(item.sku)
  const place = warehouse.city.toUpperCase()
  return `${name.padEnd(20)} ${size.toLowerCase()}/${colour} ${left > 0 ? place : 'sold out'}`
}

function shippingFor(total, tariffs) {
  const tariff = tariffs.find(t => total >= t.from && (t.to === null || total < t.to))
  return tariff.price
}

async function main() {
  const basket = await get('/baskets/77')
  const [stockList, shipping] = await Promise.all([get('/stock?skus=all'), get('/shipping')])
  const stock = new Map(stockList.map(entry => [entry.sku, entry]))
  let total = 0
  for (const item of basket.items) {
    console.log(describe(item, stock), priceOf(item).toFixed(2))
    total += priceOf(item)
  }
  const codes = basket.vouchers.filter(v => v.active).map(v => v.code.trim())
  console.log('vouchers', codes.join(', ') || '-')
  console.log('shipping', shippingFor(total, shipping.tariffs).toFixed(2))
}

main()
