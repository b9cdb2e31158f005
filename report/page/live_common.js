// The live page: what its views share: elements, the API, and the rows of a run as they come.

export const $ = id => document.getElementById(id);
export const api = '/api/v1';

export const make = window.make; // of make.js

// short writes a number with four digits that mean something.
export const short = x => x === undefined || x === null ? '' : Math.abs(x) > 0 && Math.abs(x) < 1e-3 ? x.toExponential(2) : String(+x.toPrecision(4));
export const count = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;

// time says roughly how long.
export function time(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} days`;
}

// problem shows what went wrong, or that all is well again.
export function problem(text) {
  $('problem').hidden = !text;
  $('problem').textContent = text || '';
}

// get asks the API; a failure is an Error with its message and hint.
export async function get(path, options) {
  let answer;
  try { answer = await fetch(api + path, options); } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Error('The server does not answer. Was it ended?');
  }
  const text = await answer.text();
  if (answer.ok) return text;
  let said = {};
  try { said = JSON.parse(text); } catch { /* no answer of the API */ }
  throw new Error((said.error || `The server answered ${answer.status}.`) + (said.hint ? ` (${said.hint})` : ''));
}

export const pathOf = run => '/runs/' + encodeURIComponent(run);

// Rows keeps what a run has logged: by metric and seed, points by step. Who listens is told of new ones.
export class Rows {
  constructor(run) { this.run = run; this.next = ''; this.metrics = new Map(); this.listeners = new Set(); }

  add(seed, rows) {
    for (const row of rows) for (const [name, value] of Object.entries(row)) {
      if (name === 'step') continue;
      if (!this.metrics.has(name)) this.metrics.set(name, new Map());
      const seeds = this.metrics.get(name);
      if (!seeds.has(seed)) seeds.set(seed, []);
      seeds.get(seed).push([row.step, value]);
    }
    this.tell({ seed, rows });
  }
  reset(seed) {
    for (const seeds of this.metrics.values()) seeds.delete(seed);
    this.tell({ seed, reset: true });
  }
  tell(what) { for (const listener of this.listeners) listener(what); }

  // seeds of a metric, as curves have them.
  seeds(name) { return [...(this.metrics.get(name) || new Map())].map(([seed, points]) => ({ seed, points })); }

  // load reads what there is.
  async load(signal) {
    for (let more = true; more;) {
      const answer = JSON.parse(await get(`${pathOf(this.run)}/metrics?since=${this.next}`, { signal }));
      for (const piece of answer.seeds) piece.rows ? this.add(piece.seed, piece.rows) : this.reset(piece.seed);
      this.next = answer.next;
      more = answer.more;
    }
  }

  // follow takes events until it is stopped. A hidden page lets its stream go: a browser opens six to a server.
  follow(state, lost) {
    let source = null, ended = false;
    const open = () => {
      if (source || ended || document.hidden) return;
      source = new EventSource(`${api}${pathOf(this.run)}/events?since=${this.next}`);
      const on = (kind, take) => source.addEventListener(kind, e => { if (e.lastEventId) this.next = e.lastEventId; take(JSON.parse(e.data)); });
      on('rows', d => this.add(d.seed, d.rows));
      on('reset', d => this.reset(d.seed));
      on('state', state);
      source.addEventListener('open', () => lost(false));
      source.addEventListener('error', () => {
        lost(true);
        if (source && source.readyState === EventSource.CLOSED) { close(); setTimeout(open, 5000); }
      });
    };
    const close = () => { if (source) source.close(); source = null; };
    const visible = () => document.hidden ? close() : open();
    document.addEventListener('visibilitychange', visible);
    open();
    return () => { document.removeEventListener('visibilitychange', visible); ended = true; close(); };
  }
}

export const usual = ['train_loss', 'test_loss', 'train_accuracy', 'test_accuracy', 'angle_mean', 'angle_std'];
export const first = names => usual.filter(n => names.includes(n));

// axis says what the values of a metric are.
export function axis(name, rows) {
  const label = name.includes('loss') ? 'loss' : name.includes('accuracy') ? 'share' : name.startsWith('angle_') && !name.includes('share') ? 'degrees' : name.includes('unselectable') && name !== 'keys_unselectable' ? 'share of keys' : name;
  const values = rows.flatMap(r => r.seeds(name)).flatMap(s => s.points.map(p => p[1]));
  const log = name.includes('loss') && values.length > 0 && Math.min(...values.slice(0, 5e4)) > 0 && Math.max(...values.slice(0, 5e4)) > 4 * Math.min(...values.slice(0, 5e4));
  const limits = { loss: [0, Infinity], share: [0, 1], 'share of keys': [0, 1], degrees: [0, 90] }[label];
  return { label, log, limits };
}
