// Programs that bring their own certificate authorities trust the recording's besides; NODE_EXTRA_CA_CERTS does the rest.
'use strict';
exports.install = () => {
  const tls = require('tls');
  const { fs } = require('./channel.cjs');
  let extra;
  try { extra = fs.readFileSync(process.env.REENACT_CA); } catch { return; }
  const create = tls.createSecureContext;
  tls.createSecureContext = function createSecureContext(options) {
    if (options && options.ca && !options.isServer && !options.requestCert)
      options = { ...options, ca: [].concat(options.ca, extra) };
    return create.call(this, options);
  };
};
