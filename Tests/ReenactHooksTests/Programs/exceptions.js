'use strict';
function inner(value, token) {
  const user = { id: 5, name: 'bob', password: 'hunter2' };
  return value.missing.deep + user.id + token;
}
function outer() {
  try {
    inner({}, 'tok-9');
  } catch (cause) {
    throw new Error('outer failed', { cause });
  }
}
function raising(i) { throw new RangeError('no ' + i); }

const modes = {
  async printed() {
    await null;
    try { inner({}, 'tok-9'); } catch (error) {
      console.error(error);
      process.exit(1);
    }
  },
  unhandled() { outer(); },
  swallowed() {
    const http = require('http');
    const server = http.createServer((request, response) => {
      try { throw new Error('deep down'); } catch { response.statusCode = 500; response.end(); }
    });
    server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port, agent: false }, (response) => {
      console.log(response.statusCode);
      response.resume();
      server.close();
    }));
  },
  again() {
    const http = require('http');
    const server = http.createServer((request, response) => {
      try { throw new Error('over and over'); } catch { response.statusCode = 500; response.end(); }
    });
    const ask = (left) => http.get({ port: server.address().port, agent: false }, (response) => {
      response.resume();
      response.on('end', () => (left > 1 ? ask(left - 1) : server.close(() => console.log('done'))));
    });
    server.listen(0, '127.0.0.1', () => ask(8));
  },
  awaited() {
    const http = require('http');
    async function load() { return await new Response('{').json(); }
    const server = http.createServer(async (request, response) => {
      try { await load(); } catch { response.statusCode = 500; response.end(); }
    });
    server.listen(0, '127.0.0.1', () => http.get({ port: server.address().port, agent: false }, (response) => {
      console.log(response.statusCode);
      response.resume();
      server.close();
    }));
  },
  many() {
    let count = 0;
    for (let i = 0; i < 100000; i++) try { raising(i); } catch { count++; }
    console.log(count);
  },
};
modes[process.argv[2]]();
