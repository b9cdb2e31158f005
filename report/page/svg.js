// What the interactive figures share: SVG elements, and a look at three
// dimensions. Plain functions; goes on from make.js.

// mark adds an SVG element to a parent.
function mark(parent, name, attributes = {}, text) {
  const e = shape(name, attributes, text);
  parent.append(e);
  return e;
}

// Short words for numbers.
const fixed = (x, digits = 2) => { const s = x.toFixed(digits); return (+s === 0 ? s.replace('-', '') : s).replace('-', '−'); };
const brief = x => x === 0 ? '0' : Math.abs(x) < 0.001 || Math.abs(x) >= 1e5 ? x.toExponential(1).replace(/-/g, '−') : String(+x.toPrecision(3)).replace('-', '−');
const vector = q => `(${q.map(x => fixed(x)).join(', ')})`;
const inner = (a, b) => a.reduce((s, x, c) => s + x * b[c], 0);

// looks at space with 1 = [1, 1, 1] upright: turn and tilt in degrees. at takes
// a point to the right, up, and towards the eye; back takes a step on the
// screen to a step in space. Points of two numbers or one stay as they are.
function look(dim, turn, tilt) {
  if (dim < 3) return { at: p => [p[0], dim > 1 ? p[1] : 0, 0], back: (x, y) => dim > 1 ? [x, y] : [x] };
  const [a, b] = [turn, tilt].map(x => x * Math.PI / 180), s = Math.sqrt;
  const across = [1 / s(2), -1 / s(2), 0], deep = [-1 / s(6), -1 / s(6), 2 / s(6)], one = [1 / s(3), 1 / s(3), 1 / s(3)];
  const mix = (u, x, v, y) => u.map((z, c) => x * z + y * v[c]);
  const right = mix(across, Math.cos(a), deep, Math.sin(a)), level = mix(across, Math.sin(a), deep, -Math.cos(a));
  const up = mix(one, Math.cos(b), level, -Math.sin(b)), near = mix(one, Math.sin(b), level, Math.cos(b));
  return { at: p => [inner(p, right), inner(p, up), inner(p, near)], back: (x, y) => mix(right, x, up, y) };
}

// ring is a circle of the plane orthogonal to 1.
function ring(radius) {
  const s = Math.sqrt, across = [1 / s(2), -1 / s(2), 0], deep = [-1 / s(6), -1 / s(6), 2 / s(6)];
  return Array.from({ length: 72 }, (_, k) => {
    const [x, y] = [Math.cos(k * Math.PI / 36), Math.sin(k * Math.PI / 36)];
    return across.map((v, c) => radius * (x * v + y * deep[c]));
  });
}

// outline lists the points around others in the plane (Andrew's monotone chain); to draw, not to decide.
function outline(points) {
  const sorted = [...points].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  const half = list => list.reduce((h, p) => {
    const turns = () => { const [a, b] = h.slice(-2); return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]); };
    while (h.length > 1 && turns() <= 0) h.pop();
    return [...h, p];
  }, []);
  return [...half(sorted).slice(0, -1), ...half(sorted.reverse()).slice(0, -1)];
}

// place writes points for a polygon or polyline; y goes down in SVG.
const place = points => points.map(([x, y]) => `${x.toFixed(2)},${(-y).toFixed(2)}`).join(' ');

// arrow draws a shaft and a head from a to b, and returns its group.
function arrow(parent, a, b, attributes) {
  const g = mark(parent, 'g', attributes), d = [b[0] - a[0], b[1] - a[1]], length = Math.hypot(...d);
  if (length < 1e-9) return g;
  const [x, y] = d.map(v => v / length), size = Math.min(6, length);
  mark(g, 'line', { x1: a[0], y1: -a[1], x2: b[0] - x * size / 2, y2: -(b[1] - y * size / 2) });
  const wing = side => [b[0] - size * x - side * size / 2.4 * y, b[1] - size * y + side * size / 2.4 * x];
  mark(g, 'polygon', { points: place([b, wing(1), wing(-1)]) });
  return g;
}

// drags follows a pointer from where it goes down on a picture. start(point)
// takes it, or refuses by returning false; with true a finger does not scroll
// the page. move(dx, dy) has units of the picture, y upwards.
function drags(svg, start, move, end = () => {}) {
  let last = null, held;
  const box = () => svg.viewBox.baseVal, unit = () => box().width / svg.getBoundingClientRect().width;
  svg.addEventListener('pointerdown', event => {
    const at = svg.getBoundingClientRect(), u = unit();
    const point = [box().x + (event.clientX - at.left) * u, -(box().y + (event.clientY - at.top) * u)];
    if (event.button !== 0 || (held = start(point)) === false) return;
    last = [event.clientX, event.clientY];
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', event => {
    if (!last) return;
    const [x, y] = last, u = unit();
    last = [event.clientX, event.clientY];
    move((last[0] - x) * u, (y - last[1]) * u);
  });
  svg.addEventListener('touchstart', event => { if (last && held) event.preventDefault(); }, { passive: false }); // comes after pointerdown: no scrolling
  const stop = () => { if (last) { last = null; end(); } };
  svg.addEventListener('pointerup', stop);
  svg.addEventListener('pointercancel', stop);
}
