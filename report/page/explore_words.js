// What the explorable hull offers and says: sets of keys to begin with, what is
// found about the chosen key, and what to type for the same. Knows no page.

// random gives numbers N(0, 1), the same for the same seed.
function random(seed) {
  const uniform = () => { // mulberry32
    let t = seed += 0x6d2b79f5;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

// grid rounds to what a pointer can aim at; such numbers are exact in few bits.
const grid = x => Math.round(x * 256) / 256;
const times = (n, f) => Array.from({ length: n }, (_, i) => f(i));

// presets make keys of d numbers; draw counts how often one was chosen.
const presets = {
  square: ['Square or cube, and its centre', d => [...times(2 ** d, i => times(d, c => i >> c & 1 ? 1 : -1)), times(d, () => 0)]],
  random: ['At random', (d, draw) => { const next = random(100 * d + draw); return times(d === 2 ? 12 : 16, () => times(d, () => grid(next()))); }],
  circle: ['On a circle or sphere', d => times(d === 2 ? 9 : 14, i => { // the sphere by the golden angle
    const z = d === 2 ? 0 : 1 - (2 * i + 1) / 14, a = d === 2 ? 2 * Math.PI * i / 9 + 0.3 : i * Math.PI * (3 - Math.sqrt(5)), r = Math.sqrt(1 - z * z);
    return [r * Math.cos(a), r * Math.sin(a), z].slice(0, d).map(x => grid(1.5 * x));
  })],
  rays: ['Long and short, same directions', d => [...times(5, i => [Math.cos(1.2566 * i), Math.sin(1.2566 * i), 0.6 * (i % 2) - 0.3].slice(0, d))]
    .flatMap(x => [x.map(v => grid(1.6 * v)), x.map(v => grid(1.6 * v) / 2)])],
  line: ['On a line', d => times(6, i => [i - 2.5, (i - 2.5) / 2 + 0.25, (2.5 - i) / 4].slice(0, d))],
  copies: ['Equal keys, and one on an edge', d => [[1.5, -1, 0], [-1.5, -1, 0], [0, 1.5, 0.5], [0, 1.5, 0.5], [0, -1, 0], [0.25, 0, 0], ...d === 2 ? [] : [[0, 0, 1.5], [0.5, 0, -1]]].map(p => p.slice(0, d))],
};

// Words.
const list = words => words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
const named = keys => `${keys.length === 1 ? 'key' : 'keys'} ${list(keys.map(String))}`;
const share = x => x < 0.00005 ? brief(100 * x) + '\u00a0%' : x > 0.99995 && x < 1 ? 'over 99.99\u00a0%' : `${+(100 * x).toFixed(2)}\u00a0%`;

// weightWords writes weights of a convex combination so that what is shown sums to 1 (by the largest remainders), in as many
// decimals as the least of them needs, 2 to 4; a smaller one stands beside that sum.
function weightWords(weights) {
  const digits = Math.min(Math.max(2, Math.ceil(-Math.log10(Math.min(...weights)))), 4), unit = 10 ** digits;
  const whole = weights.map(w => Math.floor(w * unit)), rest = k => weights[k] * unit - whole[k];
  const order = [...weights.keys()].sort((a, b) => rest(b) - rest(a)), missing = unit - whole.reduce((a, b) => a + b);
  for (const k of order.slice(0, missing)) whole[k]++;
  return whole.map((u, k) => u ? fixed(u / unit, digits) : brief(+weights[k].toPrecision(2)));
}

// verdictWords says the verdict on key i and what proves it.
function verdictWords(i, found) {
  const { verdict, bases, query, copies, next, n } = found;
  const keys = b => named(b.map(t => t.key)), weights = b => `with weights ${list(weightWords(b.map(t => t.weight)))}`;
  const hide = bases.length === 1 ? `${keys(bases[0])} hide it ${weights(bases[0])}` : `${bases.map(b => `${keys(b)} ${weights(b)}`).join(', and ')} hide it`;
  switch (verdict) {
    case 'selectable':
      if (n === 1) return `Key ${i} is selectable: it is alone.`;
      if (!query) return `Key ${i} is selectable: a query of exact fractions scores it above all others, and none was found in float64.`;
      return `Key ${i} is selectable: the query ${vector(query)} scores it above all others; key ${next} comes next.`;
    case 'tied':
      return `Key ${i} is tied: it shares its place with ${named(copies)}, and no query tells equal keys apart.`;
    case 'face':
      return `Key ${i} is on a face: ${hide}; a query that scores it highest scores them as high.`;
  }
  return `Key ${i} is interior: ${hide}; no query can select it.`;
}

// measureWords says how much the verdict matters.
function measureWords(found, radius) {
  const { verdict, margin, relative, best, n } = found, words = [];
  if (verdict === 'selectable' || verdict === 'tied') {
    words.push(`Margin ${brief(margin)}${relative > 0 ? `, ${brief(relative)} of the keys’ spread` : ''}${relative > 0 && relative < 1e-6 ? ': selectable by rounding only' : ''}.`);
  }
  if (found.near && found.near.apart < 1e-6) words.push(`Key ${found.near.key} is only ${brief(found.near.apart)} of the spread away, less than float32 tells.`);
  words.push(`Best attention from a query of length ${brief(radius)} or less: ${share(best)} (uniform is ${share(1 / n)}).`);
  return words.join(' ');
}

// countWords counts verdicts.
function countWords(verdicts) {
  const count = name => verdicts.filter(v => v === name).length, words = [];
  for (const [name, text] of [['selectable', 'selectable'], ['tied', 'tied'], ['face', 'on a face'], ['interior', 'interior']]) {
    if (count(name)) words.push(`${count(name)} ${text}`);
  }
  const hidden = count('face') + count('interior'), n = verdicts.length;
  return `${n} ${n === 1 ? 'key' : 'keys'}: ${list(words)}. Unselectable: ${+(100 * hidden / n).toFixed(1)}\u00a0%.`;
}

// csv has a row for each key; every number is the shortest that is read back as the same float64.
const csv = rows => rows.map(row => row.join(',')).join('\n') + '\n';

// command decides the same keys. Keys behind a head are written as float64.
function command(rows, norm, radius, keys, head) {
  const comment = head ? '# keys behind LayerNorm and the head, rounded to float64\n'.replace('LayerNorm', norm === 'none' ? 'no norm' : norm) : '';
  const words = ['keyhull', 'decide', 'keys.csv'];
  if (!head && norm !== 'none') words.push('--norm', norm);
  words.push('--best-attention', String(+radius.toPrecision(6)));
  return `${comment}cat > keys.csv <<'END'\n${csv(head ? keys.at : rows)}END\n${words.join(' ')}\n`;
}
