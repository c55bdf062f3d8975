// The shop's front: GET /buy?product=p00. Arguments: port, port of orders.
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');
const [port, orders] = process.argv.slice(2).map(Number);

const labels = { default: 'shop' };
const packs = { p16: {} };

function label(product) {
  const found = product === 'p17' ? labels.special : labels.default;
  return found.toUpperCase();
}

async function buy(url) {
  const product = url.searchParams.get('product');
  const pack = packs[product] ?? { units: Number(url.searchParams.get('quantity') ?? 1) };
  const title = label(product);
  const trace = crypto.randomBytes(16).toString('hex');
  const answer = await fetch(`http://127.0.0.1:${orders}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${trace}-${crypto.randomBytes(8).toString('hex')}-01` },
    body: JSON.stringify({ product, quantity: pack.units, title }),
  });
  if (answer.status !== 200) throw new Error(`orders answered ${answer.status}`);
  const order = await answer.json();
  return { title, total: order.total.toFixed(2) };
}

http.createServer(async (request, response) => {
  try {
    const body = JSON.stringify(await buy(new URL(request.url, 'http://shop')));
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end('sorry');
  }
}).listen(port, '127.0.0.1');
