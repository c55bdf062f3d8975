// 16 requests in flight, three outgoing calls each over an agent that keeps 6 connections alive: `http` or `fetch`.
'use strict';
const http = require('http');
const fs = require('fs');
const path = require('path');
const { spawn } = require('child_process');

const clean = Object.fromEntries(Object.entries(process.env).filter(([k]) => !/^(REENACT|LD_PRELOAD|NODE_OPTIONS|PYTHONPATH)/.test(k)));
const load = path.join(__dirname, 'load.py');
const lines = [];
const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const inode = (socket) => fs.fstatSync(socket._handle.fd).ino;

function call(port, rid) {
  return new Promise((done, failed) => {
    const request = http.get({ port, path: '/b/' + rid, agent }, (response) => {
      response.resume();
      response.on('end', done);
    });
    request.on('error', failed);
    // What is sent next on this socket is this request: the offset is what it has sent so far.
    request.on('socket', (socket) => {
      const note = () => lines.push(['out', inode(socket), socket.reenactTestSent || 0, 0, rid]);
      const before = socket.reenactTestSent || 0;
      const head = () => { socket.reenactTestSent = before + request._header.length; };
      if (socket.connecting) socket.once('connect', () => { lines.push(['out', inode(socket), before, 0, rid]); head(); });
      else { note(); head(); }
    });
  });
}

const backend = spawn('python3', [load, 'backend'], { env: clean, stdio: ['pipe', 'pipe', 'inherit'] });
backend.stdout.once('data', (text) => {
  const port = Number(text);
  const served = new WeakMap();
  const server = http.createServer(async (request, response) => {
    const rid = request.url.split('/')[2];
    const n = (served.get(request.socket) || 0) + 1;
    served.set(request.socket, n);
    lines.push(['in', inode(request.socket), n, rid]);
    for (let i = 0; i < 3; i++) {
      await sleep(Math.random() * 5);
      await call(port, rid);
    }
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => {
    const driver = spawn('python3', [load, 'drive', String(server.address().port), '160', '16'], { env: clean });
    driver.on('exit', () => {
      for (const line of lines) console.log(JSON.stringify(line));
      backend.kill();
      process.exit(0);
    });
  });
});
