// What is written to outbound connections, and for which request.
//
// The order of write() calls is the order of the bytes, whenever they leave. A connection from a pool is used for the
// request that it was given to, which need not be the one whose callback happens to run.
'use strict';
const net = require('net');
const http = require('http');
const { send } = require('./channel.cjs');
const { storage, message, inode } = require('./context.cjs');

const outbound = new WeakMap();
const lessee = new WeakMap();
const makers = new WeakMap();

exports.install = () => {
  const prototype = net.Socket.prototype;
  const connect = prototype.connect;
  prototype.connect = function () {
    outbound.set(this, { sent: 0, waiting: [] });
    return connect.apply(this, arguments);
  };
  // A TLSSocket is made around a connected one, and then its own bytes are what counts.
  const wrote = (socket, data, encoding) => {
    let state = outbound.get(socket);
    if (!state) {
      if (!(socket.encrypted && socket._tlsOptions && !socket._tlsOptions.isServer)) return;
      outbound.set(socket, state = { sent: 0, waiting: [] });
    }
    const length = typeof data === 'string'
      ? Buffer.byteLength(data, typeof encoding === 'string' ? encoding : 'utf8') : data.byteLength;
    const off = state.sent;
    state.sent += length;
    const store = lessee.has(socket) ? lessee.get(socket) : storage.getStore();
    if (length) turn(state, store);
    if (!store || !length) return;
    const members = { ino: 0, off, len: length, layer: socket.encrypted ? 'tls' : 'wire', in: message(store) };
    if (socket.connecting || !socket._handle) {
      // Its inode is known once it is connected; a connect may put another descriptor in its place.
      if (state.waiting.push(members) === 1)
        socket.once('connect', () => {
          const ino = inode(socket);
          for (const each of state.waiting) tell(each, ino);
          state.waiting = [];
        });
    } else tell(members, inode(socket));
  };
  const tell = (members, ino) => {
    if (!ino) return;
    members.ino = ino;
    send('send', members);
  };
  // Drivers with callbacks go on where their connection was opened, which was for another request: what arrives belongs
  // to whoever wrote last, unless several did before anything came.
  const emit = prototype.emit;
  prototype.emit = function (event) {
    if (arriving.has(event)) {
      const state = outbound.get(this);
      if (state && state.turns && !lessee.has(this)) {
        const { owner, isMixed } = state;
        if (event === 'data' || event === 'readable') state.isOpen = false;
        if (!isMixed && owner !== storage.getStore()) return storage.run(owner, () => emit.apply(this, arguments));
      }
    }
    return emit.apply(this, arguments);
  };
  for (const name of ['write', 'end']) {
    const original = prototype[name];
    prototype[name] = function (data, encoding) {
      try {
        if (data !== undefined && data !== null && typeof data !== 'function') wrote(this, data, encoding);
      } catch { /* never the program's concern */ }
      return original.apply(this, arguments);
    };
  }
  leases();
};

const arriving = new Set(['data', 'readable', 'end', 'close', 'error']);

function turn(state, store) {
  if (!state.isOpen) [state.owner, state.isMixed, state.isOpen, state.turns] = [store, false, true, true];
  else if (state.owner !== store) state.isMixed = true;
}

function leases() {
  // Node's own client: the socket works for whoever made the request.
  const add = http.Agent.prototype.addRequest;
  http.Agent.prototype.addRequest = function (request) {
    makers.set(request, storage.getStore());
    return add.apply(this, arguments);
  };
  const onSocket = http.ClientRequest.prototype.onSocket;
  http.ClientRequest.prototype.onSocket = function (socket) {
    if (socket && makers.has(this)) lessee.set(socket, makers.get(this));
    return onSocket.apply(this, arguments);
  };
  // undici, and with it fetch.
  try {
    const channels = require('diagnostics_channel');
    channels.subscribe
      ? (channels.subscribe('undici:request:create', created), channels.subscribe('undici:client:sendHeaders', headers))
      : (channels.channel('undici:request:create').subscribe(created),
        channels.channel('undici:client:sendHeaders').subscribe(headers));
  } catch { /* older than diagnostics_channel */ }
}

function created({ request }) { makers.set(request, storage.getStore()); }
function headers({ request, socket }) { if (socket && makers.has(request)) lessee.set(socket, makers.get(request)); }
