// The words of the explorable hull: what is found about the chosen key, and
// what to type for the same. Knows no page.

const list = words => words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
const named = keys => `${keys.length === 1 ? 'key' : 'keys'} ${list(keys.map(String))}`;
const share = x => x < 0.00005 ? brief(100 * x) + '\u00a0%' : x > 0.99995 && x < 1 ? 'over 99.99\u00a0%' : `${+(100 * x).toFixed(2)}\u00a0%`;
const weight = w => w < 0.01 ? brief(+w.toPrecision(2)) : fixed(w);
const shares = weights => list(weights.map(w => weight(w)));

// verdictWords says the verdict on key i and what proves it.
function verdictWords(i, found) {
  const { verdict, bases, query, copies, next } = found;
  const keys = b => named(b.map(t => t.key)), weights = b => `with weights ${shares(b.map(t => t.weight))}`;
  const hide = bases.length === 1 ? `${keys(bases[0])} hide it ${weights(bases[0])}` : `${bases.map(b => `${keys(b)} ${weights(b)}`).join(', and ')} hide it`;
  switch (verdict) {
    case 'selectable':
      if (next < 0) return `Key ${i} is selectable: it is alone.`;
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
  if (found.near && found.near.apart < 1e-6) words.push(`Key ${found.near.key} is only ${brief(found.near.apart)} of the spread away: no more than rounding.`);
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
