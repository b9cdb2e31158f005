// The strip of tokens.

// Numbers are packed on a log scale of nine decades below 1 and one above.
const unpack = b => b === 0 ? 0 : 10 ** ((b - 1) * 10 / 254 - 9);

// open unpacks a block: the keys of each head.
async function open(block) {
  if (block.open) return block.open;
  const packed = Uint8Array.from(atob(block.data), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = data.texts[block.text].tokens.length;
  let at = 0;
  const column = () => bytes.subarray(at, at += n);
  block.open = block.heads.map(() => {
    const code = column(), margin = column(), mean = column(), most = column();
    const wins = column(), wins256 = column(), death = column(), death256 = column();
    const keys = [];
    for (let i = 0; i < n; i++) {
      keys.push({ verdict: code[i] & 3, reach: code[i] >> 2, margin: unpack(margin[i]), mean: unpack(mean[i]), most: unpack(most[i]),
        wins: wins[i] + 256 * wins256[i], death: death[i] + 256 * death256[i] - 1, masks: [], listed: 0 });
    }
    for (const key of keys) {
      if (key.verdict < 2) continue;
      key.listed = bytes[at++];
      for (let m = Math.min(key.listed, 4); m > 0; m--) {
        key.masks.push({ key: bytes[at] + 256 * bytes[at + 1], weight: bytes[at + 2] / 255 });
        at += 3;
      }
    }
    return keys;
  });
  return block.open;
}

// state is what is chosen and shown.
const state = { text: 0, layer: data.worst[0], head: data.worst[1], by: 'margin', keys: [], spans: [], now: -1 };
const verdicts = ['selectable', 'selectable with the keys that equal it', 'unselectable (on a face of the hull)', 'unselectable (inside the hull)'];
// shades give each key 0 … 1, or less for no colour.
const shades = {
  margin: ['margin', (k, top) => k.verdict > 1 ? -1 : Math.max(0, Math.log(k.margin / top.low)) / Math.log(top.high / top.low)],
  wins: ['wins', (k, top) => k.wins > 0 ? Math.log1p(k.wins) / Math.log1p(top.wins) : -1],
  mean: ['mean attention', (k, top) => 1 + Math.log(k.mean / top.mean) / Math.log(1000)],
};
const visible = text => text === '' ? '∅' : text.replace(/\n/g, '⏎').replace(/\t/g, '⇥').replace(/^\s+$/, s => '␣'.repeat(s.length));

function options(select, list, chosen, name = v => v) {
  select.replaceChildren(...list.map(v => {
    const o = make('option', name(v), { value: v });
    o.selected = v === chosen;
    return o;
  }));
}

// show goes to a head of the text chosen, or to the nearest there is.
async function show(layer, head) {
  if (!data.blocks) return;
  const blocks = data.blocks.filter(b => b.text === state.text);
  const block = blocks.find(b => b.layer === layer) || blocks[0];
  state.layer = block.layer;
  state.head = block.heads.includes(head) ? head : block.heads[0];
  options($('layer'), blocks.map(b => b.layer), state.layer);
  options($('head'), block.heads, state.head);
  const wanted = state.layer + ' ' + state.head;
  const heads = await open(block);
  if (wanted !== state.layer + ' ' + state.head) return; // another was chosen meanwhile
  state.keys = heads[block.heads.indexOf(state.head)];
  paint();
}

// tokens lays out the text chosen.
function tokens() {
  state.now = -1;
  state.spans = data.texts[state.text].tokens.map((t, i) => make('span', visible(t), { role: 'option', id: 't' + i }));
  const lines = data.texts[state.text].tokens.map((t, i) => t.includes('\n') ? [state.spans[i], make('br')] : [state.spans[i]]);
  $('strip').replaceChildren(...lines.flat());
}

function paint() {
  const margins = state.keys.filter(k => k.margin > 0).map(k => k.margin).sort((a, b) => a - b);
  const low = margins[Math.floor(margins.length / 50)] || 1e-9; // all but the least fiftieth are told apart
  const top = { wins: 0, mean: 1e-9, low, high: Math.max(1.1 * low, margins.at(-1) || 0) };
  state.keys.forEach(k => { top.wins = Math.max(top.wins, k.wins); top.mean = Math.max(top.mean, k.mean); });
  const shade = shades[state.by][1];
  let never = 0;
  $('strip').classList.toggle('plain', state.by !== 'margin');
  state.keys.forEach((k, i) => {
    const t = shade(k, top), span = state.spans[i];
    span.style.backgroundColor = t >= 0 ? `rgba(var(--tint), ${(0.07 + 0.58 * Math.min(t, 1)).toFixed(2)})` : '';
    span.classList.toggle('never', k.verdict > 1);
    never += k.verdict > 1;
  });
  explain(top, never);
  tell(state.now);
}

// explain writes the legend of the strip.
function explain(top, never) {
  const box = $('strip-key'), ends = { margin: ['≤ ' + short(top.low), short(top.high)], wins: ['0', top.wins], mean: ['≤ ' + short(top.mean / 1000), short(top.mean)] }[state.by];
  const bar = make('span', undefined, { class: 'bar' }), mark = make('span', 'token', { class: 'never' });
  bar.style.background = 'linear-gradient(90deg, rgba(var(--tint), .07), rgba(var(--tint), .65))';
  const where = make('span', `Text ${state.text + 1}, layer ${state.layer}, head ${state.head}; `, { class: 'paper' }); // where there are no controls
  box.replaceChildren(where, `${shades[state.by][0]}: ${ends[0]}`, bar, `${ends[1]}${state.by === 'wins' ? '' : ' (log scale)'} · `, mark, ` unselectable: ${never} of ${state.keys.length} keys here`);
}

// tell says everything about a token.
function tell(i) {
  state.spans.forEach(s => s.classList.remove('now', 'masks'));
  const box = $('detail'), strip = $('strip');
  strip.removeAttribute('aria-activedescendant');
  if (i < 0) { box.textContent = 'Point at a token, or move with the arrow keys.'; return; }
  const k = state.keys[i], span = state.spans[i], parts = [];
  span.classList.add('now');
  strip.setAttribute('aria-activedescendant', span.id);
  parts.push(verdicts[k.verdict]);
  if (k.verdict < 2) parts.push('relative margin ' + short(k.margin));
  if (k.reach) parts.push(['no query that the model can make selects it', 'reachable by a query that the model can make', 'not known whether the model can make a query that selects it'][k.reach - 1]);
  if (k.death === i) parts.push('under the mask no query ever selects it');
  else if (k.death >= 0) parts.push(`under the mask no query selects it from position ${k.death} on`);
  else if (data.masked) parts.push('under the mask selectable to the end');
  if (data.queries) parts.push(`wins ${k.wins} ${k.wins === 1 ? 'query' : 'queries'}`, `attention: mean ${short(k.mean)}, most ${short(k.most)}`);
  box.replaceChildren(make('b', `“${visible(data.texts[state.text].tokens[i])}”`), ` at position ${i}: ${parts.join('; ')}.`);
  if (k.masks.length) {
    box.append(` Masked by `);
    k.masks.forEach((m, n) => {
      state.spans[m.key].classList.add('masks');
      box.append(n ? ', ' : '', make('b', `“${visible(data.texts[state.text].tokens[m.key])}”`), ` at ${m.key} (${percent(m.weight)})`);
    });
    box.append(k.listed > k.masks.length ? ` and ${k.listed - k.masks.length} more.` : '.');
  }
}

// beside finds the token in the row above or below.
function beside(i, down) {
  const here = state.spans[i].getBoundingClientRect(), middle = (here.left + here.right) / 2;
  let best = i, gap = Infinity, row = null;
  for (let j = i + (down ? 1 : -1); j >= 0 && j < state.spans.length; j += down ? 1 : -1) {
    const r = state.spans[j].getBoundingClientRect();
    if (Math.abs(r.top - here.top) < 4) continue;
    if (row !== null && Math.abs(r.top - row) > 4) break;
    row = r.top;
    const d = Math.abs((r.left + r.right) / 2 - middle);
    if (d < gap) { gap = d; best = j; }
  }
  return best;
}

function move(i) {
  state.now = Math.min(Math.max(i, 0), state.spans.length - 1);
  tell(state.now);
  const s = state.spans[state.now], box = $('strip'); // scrollIntoView would move the page too
  if (s.offsetTop < box.scrollTop) box.scrollTop = s.offsetTop - 8;
  if (s.offsetTop + s.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = s.offsetTop + s.offsetHeight - box.clientHeight + 8;
}

function stripOfTokens() {
  const strip = $('strip');
  const at = event => state.spans.indexOf(event.target);
  strip.addEventListener('mouseover', event => { if (at(event) >= 0) { state.now = at(event); tell(state.now); } });
  strip.addEventListener('click', event => { if (at(event) >= 0) move(at(event)); });
  strip.addEventListener('focus', () => { if (state.now < 0 && state.keys.length) move(0); });
  strip.addEventListener('keydown', event => {
    const i = state.now, to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: state.spans.length - 1 }[event.key];
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') move(i < 0 ? 0 : beside(i, event.key === 'ArrowDown'));
    else if (to !== undefined) move(to);
    else return;
    event.preventDefault();
  });
  const number = id => Number($(id).value);
  options($('text'), data.texts.map((_, i) => i), 0, i => i + 1);
  $('text').addEventListener('change', () => { state.text = number('text'); tokens(); show(state.layer, state.head); });
  $('layer').addEventListener('change', () => show(number('layer'), state.head));
  $('head').addEventListener('change', () => show(state.layer, number('head')));
  const kinds = data.queries ? ['margin', 'wins', 'mean'] : ['margin'];
  choices($('colours'), 'by', kinds.map(k => [k, shades[k][0]]), 0, by => { state.by = by; paint(); });
  $('choose').hidden = false;
  tokens();
  show(state.layer, state.head);
}

if (data.at) mapOfHeads();
if (data.texts && $('strip')) stripOfTokens();
