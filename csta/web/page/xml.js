// A frame's message in XML, as it goes over TCP: each member is an element.

const namespace = 'http://www.ecma-international.org/standards/ecma-323/csta/ed6';

// signs are elements that say all by being there. So do those of a list of features.
const signs = new Set(['notKnown', 'restricted', 'notRequired', 'notSpecified', 'unknown', 'unspecified', 'startOfMessage']);
const isSign = (name, within) => signs.has(name) || /(Serv|Evts)List$/.test(within);

// Everything that is no plain character is a reference, as the server writes it.
const text = (value) => String(value).replace(/[<>&"]|[^ -~]/gu, (c) => `&#${c.codePointAt(0)};`);

const isIdentifier = (value) => Object.keys(value).length > 0
  && Object.keys(value).every((key) => key === 'number' || key === 'typeOfNumber');

function element(name, value, within, indent) {
  const start = `${indent}<${name}`;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => element(name, item, within, indent)).join('');
  if (typeof value === 'object') {
    if (isIdentifier(value)) {
      const type = value.typeOfNumber === undefined ? '' : ` typeOfNumber="${text(value.typeOfNumber)}"`;
      return `${start}${type}>${text(value.number)}</${name}>\n`;
    }
    const inner = Object.entries(value).map(([key, item]) => element(key, item, name, `${indent}  `)).join('');
    return inner === '' ? `${start}/>\n` : `${start}>\n${inner}${indent}</${name}>\n`;
  }
  if (value === true && isSign(name, within)) return `${start}/>\n`;
  if (value === false && isSign(name, within)) return '';
  return `${start}>${name === 'private' ? value : text(value)}</${name}>\n`;
}

export function toXML(frame) {
  const [name, content] = Object.entries(frame).find(([key]) => key !== 'invokeID');
  const inner = Object.entries(content).map(([key, item]) => element(key, item, name, '  ')).join('');
  const start = `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}"`;
  return inner === '' ? `${start}/>\n` : `${start}>\n${inner}</${name}>\n`;
}
