// The inbound request that code works for: the n-th on its connection.
'use strict';
const { AsyncLocalStorage } = require('async_hooks');
const { fs } = require('./channel.cjs');

const storage = new AsyncLocalStorage();
const connections = new WeakMap();

exports.storage = storage;

exports.inode = (socket) => {
  try {
    const fd = socket && socket._handle && socket._handle.fd;
    return typeof fd === 'number' && fd >= 0 ? fs.fstatSync(fd).ino : 0;
  } catch {
    return 0;
  }
};

exports.message = (store) => (store ? { ino: store.ino, n: store.n } : undefined);
exports.current = () => storage.getStore();

exports.install = () => {
  for (const name of ['http', 'https']) {
    const prototype = require(name).Server.prototype;
    const emit = prototype.emit;
    prototype.emit = function (event, request, response) {
      if ((event !== 'request' && event !== 'checkContinue' && event !== 'upgrade') || !request || !request.socket)
        return emit.apply(this, arguments);
      let store;
      try {
        let known = connections.get(request.socket);
        if (!known) connections.set(request.socket, known = { ino: exports.inode(request.socket), n: 0 });
        known.n++;
        if (known.ino) store = { ino: known.ino, n: known.n, caught: [], reported: false };
        if (store && response && typeof response === 'object') response[contextOf] = store;
      } catch { /* without context */ }
      return storage.run(store, () => emit.apply(this, arguments));
    };
  }
};

const contextOf = Symbol('reenact');
exports.contextOf = contextOf;
