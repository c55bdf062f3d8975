// Values as the inspector sees them: it reads properties without calling getters or proxies' traps.
'use strict';
const { MARK, clean, isSecretName } = require('./redact.cjs');
const WIDTH = 10;
const DEPTH = 3;

exports.Renderer = class {
  constructor(properties, string, total) {
    this.properties = properties;
    this.string = string;
    this.total = total;
    this.used = 0;
    this.cut = false;
    this.hidden = false;
  }

  named(name, value, depth) {
    if (value && isSecretName(name) && !['undefined', 'boolean', 'function'].includes(value.type)
      && value.subtype !== 'null' && value.value !== '') {
      this.hidden = true;
      return MARK;
    }
    return this.render(value, depth);
  }

  render(value, depth) {
    const text = this.text(value, depth);
    this.used += text.length;
    return text;
  }

  text(value, depth) {
    if (!value) return '<getter>';
    switch (value.type) {
      case 'undefined': return 'undefined';
      case 'string': return this.quoted(value.value);
      case 'number': case 'boolean': case 'bigint':
        return this.cleaned(String('value' in value ? value.value : value.unserializableValue));
      case 'symbol': return value.description;
      case 'function': return '[Function]';
    }
    if (value.subtype === 'null') return 'null';
    if (this.used > this.total || depth >= DEPTH || !value.objectId) {
      this.cut = true;
      return '[' + (value.className || 'Object') + ']';
    }
    if (value.subtype === 'error') return this.cleaned(String(value.description).split('\n    at ')[0].slice(0, this.string));
    if (['date', 'regexp'].includes(value.subtype)) return String(value.description);
    if (['promise', 'proxy', 'weakmap', 'weakset', 'generator', 'arraybuffer', 'dataview'].includes(value.subtype)
      || value.className === 'Window' || value.className === 'global')
      return '[' + (value.className || value.subtype) + ']';
    if (value.subtype === 'typedarray') { this.cut = true; return String(value.description); }
    return this.object(value, depth);
  }

  object(value, depth) {
    const answer = this.properties(value.objectId);
    if (!answer) { this.cut = true; return '[' + (value.className || 'Object') + ']'; }
    if (value.subtype === 'map' || value.subtype === 'set') return this.entries(value, answer, depth);
    const list = answer.result.filter((p) => p.enumerable && !p.symbol);
    const isArray = value.subtype === 'array';
    if (!isArray && list.length > 5 && list.some((p) => p.name === 'PATH') && list.some((p) => p.name === 'HOME')) {
      this.hidden = true;
      return '[environment]';
    }
    const parts = [];
    for (const property of list) {
      if (parts.length === WIDTH) {
        this.cut = true;
        parts.push('… ' + (list.length - WIDTH) + ' more');
        break;
      }
      parts.push(isArray ? this.render(property.value, depth + 1)
        : property.name + ': ' + this.named(property.name, property.value, depth + 1));
    }
    if (isArray) return '[' + parts.join(', ') + ']';
    const name = value.className && value.className !== 'Object' ? value.className + ' ' : '';
    return name + (parts.length ? '{ ' + parts.join(', ') + ' }' : '{}');
  }

  entries(value, answer, depth) {
    const inner = (answer.internalProperties || []).find((p) => p.name === '[[Entries]]');
    const list = inner && inner.value && this.properties(inner.value.objectId);
    if (!list) return value.description;
    const parts = [];
    for (const property of list.result) {
      if (!property.enumerable || !property.value) continue;
      if (parts.length === WIDTH) { this.cut = true; parts.push('…'); break; }
      const entry = property.value.objectId && this.properties(property.value.objectId);
      if (!entry) break;
      const get = (name) => (entry.result.find((p) => p.name === name) || {}).value;
      const key = get('key');
      parts.push(key ? this.render(key, depth + 1) + ' => '
        + (key.type === 'string' ? this.named(key.value, get('value'), depth + 1) : this.render(get('value'), depth + 1))
        : this.render(get('value'), depth + 1));
    }
    return value.description + ' {' + parts.join(', ') + '}';
  }

  quoted(text) {
    let shown = text.length <= this.string ? text : text.slice(0, this.string * 4 + 64);
    const cleaned = clean(shown);
    if (cleaned !== shown) this.hidden = true;
    if (cleaned.length > this.string || text.length > shown.length) {
      this.cut = true;
      return JSON.stringify(cleaned.slice(0, this.string)) + '…(' + text.length + ')';
    }
    return JSON.stringify(cleaned);
  }

  cleaned(text) {
    const shown = clean(text);
    if (shown !== text) this.hidden = true;
    return shown;
  }
};
