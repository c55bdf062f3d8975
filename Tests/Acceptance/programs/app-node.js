// app-node.js PORT UPSTREAM: one thread; outgoing connections are an agent's, shared by all requests.
'use strict';
const http = require('http');

const agent = new http.Agent({ keepAlive: true, maxSockets: 12 });
const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 5));

async function call(path) {
  await pause();
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port: Number(process.argv[3]), path, agent }, (response) => {
      let body = '';
      response.on('data', (part) => { body += part; });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
}

http.createServer({ keepAliveTimeout: 60000 }, async (request, response) => {
  const [, kind, number] = request.url.split('/');
  const parts = await Promise.all([0, 1, 2].map((k) => call(`/call/${number}/${k}`)));
  response.writeHead(kind === 'fail' ? 500 : 200);
  response.end(parts.join(' '));
}).listen(Number(process.argv[2]), '127.0.0.1');
