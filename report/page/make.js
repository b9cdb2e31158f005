// Elements, for all pages: make is one of HTML, shape one of SVG. Text is never markup.

function make(name, text, attributes = {}) { return filled(document.createElement(name), text, attributes); }

function shape(name, attributes = {}, text) { return filled(document.createElementNS('http://www.w3.org/2000/svg', name), text, attributes); }

function filled(e, text, attributes) {
  if (text !== undefined) e.textContent = text;
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
}
