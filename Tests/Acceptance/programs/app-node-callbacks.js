// app-node-callbacks.js PORT UPSTREAM: a client with callbacks and a pool, as older database drivers are: what goes on
// when an answer comes runs where the connection was opened, which was for another request.
'use strict';
const http = require('http');
const net = require('net');

const free = [];

function use(done) {
  const connection = free.pop() || open();
  // The pool looks first whether the connection still lives.
  connection.ask('/ping', () => done(connection));
}

function open() {
  const socket = net.connect(Number(process.argv[3]), '127.0.0.1');
  const connection = { callback: null, text: '' };
  connection.ask = (path, callback) => {
    connection.callback = callback;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  };
  socket.on('data', (part) => {
    connection.text += part;
    const end = connection.text.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(connection.text);
    if (end < 0 || !length || connection.text.length < end + 4 + Number(length[1])) return;
    const body = connection.text.slice(end + 4);
    connection.text = '';
    connection.callback(body);
  });
  return connection;
}

http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
  const [, kind, number] = request.url.split('/');
  const parts = [];
  let count = 0;
  for (const k of [0, 1, 2])
    use((connection) => connection.ask(`/call/${number}/${k}`, (body) => {
      free.push(connection);
      parts[k] = body;
      if (++count < 3) return;
      response.writeHead(kind === 'fail' ? 500 : 200);
      response.end(parts.join(' '));
    }));
}).listen(Number(process.argv[2]), '127.0.0.1');
