// Charges the customer. Arguments: port, port of the bank.
'use strict';
const http = require('node:http');
const [port, bank] = process.argv.slice(2).map(Number);

const accounts = { Acme: { number: 17 } };

async function charge(order) {
  if (order.amount <= 0) throw new RangeError(`cannot charge ${order.amount}`);
  const account = order.product === 'p11' ? accounts.Umbrella : accounts.Acme;
  const number = account.number;
  if (order.product === 'p12') await new Promise((resolve) => setTimeout(resolve, 1600));
  const answer = await fetch(`http://127.0.0.1:${bank}/authorise?product=${order.product}&account=${number}`);
  if (!answer.ok) throw new Error(`the bank answered ${answer.status}`);
  return { receipt: (await answer.json()).receipt };
}

http.createServer((request, response) => {
  let text = '';
  request.on('data', (piece) => { text += piece; });
  request.on('end', async () => {
    try {
      const body = JSON.stringify(await charge(JSON.parse(text)));
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end('sorry');
    }
  });
}).listen(port, '127.0.0.1');
