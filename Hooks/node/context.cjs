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

// Before Node 20 the handler of a pause runs in a context of its own: what was interrupted lies below it.
const resources = asyncResources();

function asyncResources() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return undefined;
  const { noDeprecation } = process;
  try {
    process.noDeprecation = true;
    const wrap = process.binding('async_wrap');
    return wrap.async_hook_fields && wrap.execution_async_resources && wrap.constants ? wrap : undefined;
  } catch {
    return undefined;
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

exports.interrupted = () => {
  const store = storage.getStore();
  if (store || !resources) return store;
  const index = resources.async_hook_fields[resources.constants.kStackLength] - 2;
  const resource = index >= 0 ? resources.execution_async_resources[index] || resources.executionAsyncResource(index) : undefined;
  if (!resource) return undefined;
  // What C++ hands out stands for the one that the program sees.
  const symbol = Object.getOwnPropertySymbols(resource).find((each) => each.description === 'resource_symbol');
  return ((symbol && resource[symbol]) || resource)[storage.kResourceStore];
};

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
