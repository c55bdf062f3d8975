// server.js PORT: the same answers as server.py.
'use strict';
const http = require('http');
const crypto = require('crypto');

const text = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz\n');
const pattern = (length) => Buffer.alloc(length, text);

function answer(response, body, status = 200, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/octet-stream', ...headers, 'Content-Length': body.length });
  response.end(body);
}

async function big(response, number) {
  response.writeHead(200, { 'Content-Length': number });
  const block = pattern(37 * 4096);
  response.setMaxListeners(0);
  while (number > 0 && !response.destroyed) {
    const part = block.subarray(0, Math.min(number, block.length));
    number -= part.length;
    if (!response.write(part)) {
      await new Promise((resolve) => { response.once('drain', resolve); response.once('close', resolve); });
    }
  }
  response.end();
}

async function trickle(response, number) {
  response.writeHead(200, { 'Content-Length': number });
  for (const byte of pattern(number)) {
    response.write(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  response.end();
}

function get(request, response) {
  const [, kind, rest] = request.url.split('/');
  const number = Number(rest || 0);
  switch (kind) {
    case 'item': return answer(response, Buffer.from(`{"item": ${number}, "filler": "${'x'.repeat(number * 37 % 3000)}"}\n`));
    case 'chunked':
      response.writeHead(200, { 'Transfer-Encoding': 'chunked' });
      for (let i = 0; i < number; i++) response.write(pattern(1 + i * 101));
      return response.end();
    case 'big': return big(response, number);
    case 'none': response.writeHead(204); return response.end();
    case 'status': return answer(response, Buffer.from(`status ${number}\n`), number);
    case 'close': return answer(response, Buffer.from('closing\n'), 200, { Connection: 'close' });
    case 'unframed':
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { Connection: 'close' });
      return response.end(pattern(number));
    case 'trickle': return trickle(response, number);
    default: return answer(response, Buffer.from('no such thing\n'), 404);
  }
}

function post(request, response) {
  const parts = [];
  const digest = crypto.createHash('sha256');
  let count = 0;
  request.on('data', (part) => {
    count += part.length;
    digest.update(part);
    if (request.url === '/echo') parts.push(part);
  });
  request.on('end', () => {
    if (request.url === '/count') answer(response, Buffer.from(`${count} ${digest.digest('hex')}\n`));
    else if (request.url === '/echo') answer(response, Buffer.concat(parts));
    else answer(response, Buffer.from('no such thing\n'), 404);
  });
}

const server = http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
  response.on('error', () => {});
  if (request.method === 'POST' || request.method === 'PUT') post(request, response); else get(request, response);
});
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  if (head.length) socket.write(head);
  socket.on('data', (part) => socket.write(part));
  socket.on('end', () => socket.end('bye'));
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 256 });
