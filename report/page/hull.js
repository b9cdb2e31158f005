// Which keys can a query select? The exact decision for some 60 keys in three
// dimensions or fewer, with proofs: the same problem as keyhull decides, the
// affine reading of projected keys included (docs/certificates.md).
//
// This is a script, not the Go solver compiled to WebAssembly: that is 3.7 MB
// (1.4 MB packed and in base64), a binary to keep in the repository or to build
// with every page, and it needs 17 kB of Go's own loader. What small sets need
// is below. It is held against the solver, the certificates' checker and the
// brute force of internal/oracle on thousands of sets, in browsertest.
//
// Numbers are float64, so exact fractions with a power of two below: all is
// decided in integers. A facet is a plane through as many independent keys as
// there are dimensions, with all keys on one side. The smallest face that holds
// a key says which verdict it gets. Plain functions; nothing here knows a page.

// dyadic is x = m·2^e with integers m, odd or 0, and e.
const word = new DataView(new ArrayBuffer(8));
function dyadic(x) {
  if (!Number.isFinite(x)) throw new Error(`${x} is not a finite number`);
  if (x === 0) return { m: 0n, e: 0 };
  word.setFloat64(0, x);
  const high = word.getUint32(0), field = high >>> 20 & 0x7ff;
  const whole = BigInt(high & 0xfffff) << 32n | BigInt(word.getUint32(4));
  const m = field ? whole | 1n << 52n : whole, zeros = size(m & -m) - 1;
  return { m: (x < 0 ? -m : m) >> BigInt(zeros), e: Math.max(field, 1) - 1075 + zeros };
}

// size is the number of bits of |x|.
const size = x => x ? (x < 0n ? -x : x).toString(2).length : 0;

// integers are the values times 2^-exp, the largest power for which they are whole.
function integers(values) {
  const parts = values.map(dyadic), some = parts.filter(p => p.m);
  const exp = some.length ? Math.min(...some.map(p => p.e)) : 0;
  return { of: parts.map(p => p.m && p.m << BigInt(p.e - exp)), exp };
}

// power is x·2^e, also where 2^e alone is no float64.
function power(x, e) {
  for (; e > 1000; e -= 1000) x *= 2 ** 1000;
  for (; e < -1000; e += 1000) x *= 2 ** -1000;
  return x * 2 ** e;
}

// number is about x·2^e/d: within a unit in the last place or two. It takes no
// more than 62 bits at once, since some engines do not round what is longer.
function number(x, e = 0, d = 1n) {
  const up = BigInt(Math.max(0, 62 - size(x) + size(d)));
  const q = (x << up) / d, down = Math.max(0, size(q) - 62);
  return power(Number(q >> BigInt(down)), e - Number(up) + down);
}

// root is the float64 nearest to √(a/b)·2^e, ties to even.
function root(a, b, e) {
  if (!a) return 0;
  const k = 70 + Math.max(0, size(b) - size(a)), y = a << BigInt(2 * k);
  let q = 1n << BigInt((size(y / b) + 1) >> 1), next; // Newton's method from above
  while ((next = q + y / b / q >> 1n) < q) q = next;
  e -= k;
  const drop = Math.max(size(q) - 53, -1074 - e), unit = 1n << BigInt(drop); // bits without room
  const rest = q % unit * 2n, exact = q * q * b === y;
  let m = q / unit;
  if (rest > unit || rest === unit && (!exact || m & 1n)) m++;
  return power(Number(m), e + drop);
}

const dot = (a, b) => a.reduce((sum, x, c) => sum + x * b[c], 0n);
const minus = (a, b) => a.map((x, c) => x - b[c]);
const projects = norm => norm === 'project' || norm === 'layernorm';
const scales = norm => norm === 'scale' || norm === 'rmsnorm' || norm === 'layernorm';

// exactKeys takes rows of float64 to what attention compares. norm is none,
// project, scale, rmsnorm or layernorm, without gain and eps; the factor of a
// row is the float64 nearest to 1/√(mean square or variance), and all behind
// it is exact. head, if there is one, is W_K: rows of as many numbers as a key
// has. Key i is points[i]·2^exp/den; at[i] is that in float64. It throws where
// a number is not finite, or a row has no norm: then error.row says which.
function exactKeys(rows, norm = 'none', head = null) {
  const d = rows[0].length, given = integers(rows.flat());
  let points = rows.map((_, i) => given.of.slice(i * d, i * d + d)), exp = given.exp, den = 1n;
  if (projects(norm)) { // d·x − Σx
    den = BigInt(d);
    points = points.map(p => { const sum = p.reduce((a, b) => a + b); return p.map(x => den * x - sum); });
  }
  if (scales(norm)) {
    const factors = integers(points.map((p, row) => {
      const nothing = p.every(x => !x), s = nothing ? 0 : root(BigInt(d) * den * den, dot(p, p), -exp);
      if (s > 0 && s < Infinity) return s;
      const why = !nothing ? 'its factor is beyond float64' : projects(norm) ? 'its coordinates are all equal' : 'its coordinates are all 0';
      throw Object.assign(new Error(`key ${row} has no ${norm}: ${why}`), { row });
    }));
    points = points.map((p, i) => p.map(x => x * factors.of[i]));
    exp += factors.exp;
  }
  if (head) {
    const w = integers(head.flat());
    points = points.map(p => head.map((_, r) => dot(w.of.slice(r * d, r * d + d), p)));
    exp += w.exp;
  }
  return { points, exp, den, at: points.map(p => p.map(x => number(x, exp, den))) };
}

// axes are the coordinates that count: as many as the dimension of the affine
// hull, and different there for different points (elimination without fractions).
function axes(points) {
  const rows = [];
  for (const p of points) {
    let row = minus(p, points[0]);
    for (const { pivot, of } of rows) {
      const factor = row[pivot];
      row = row.map((x, c) => x * of[pivot] - of[c] * factor);
    }
    const pivot = row.findIndex(x => x);
    if (pivot >= 0) rows.push({ pivot, of: row });
  }
  return rows.map(r => r.pivot).sort();
}

// across is orthogonal to r − 1 vectors of r numbers.
const across = {
  1: one => [one],
  2: (_, [x, y]) => [y, -x],
  3: (_, [a, b, c], [x, y, z]) => [b * z - c * y, c * x - a * z, a * y - b * x],
};

// sides says on which side of the plane through the points of c the others
// are: 0, if on both or if c has no plane, else 1 or −1 and which are on it.
// What floats cannot tell is done in integers, unless c is known already.
//
// Floats are within 1.01u·M of the exact differences to point 0, |w| ≤ M = 1,
// u = 2^-53. So differences of them, at most D = 2, are off by 2.1uD; the normal's
// numbers, at most 2D², by 12.3uD²; and the sum of three products by
// 3·(12.3 + 4.2 + 2)uD³ + 10uD³ < 2^10·u. For two and one dimensions alike.
const bounds = [0, 2 ** -50, 2 ** -47, 2 ** -43];
function sides(points, floats, whole, c, known) {
  const r = c.length, base = floats[c[0]], bound = whole ? 0 : bounds[r];
  const normal = across[r](1, ...c.slice(1).map(i => floats[i].map((x, k) => x - base[k])));
  const on = [], unsure = [];
  let side = 0;
  const add = (s, i) => { if (!s) on.push(i); else if (s === -side) return false; else side = s; return true; };
  for (let i = 0; i < points.length; i++) {
    let v = 0;
    for (let k = 0; k < r; k++) v += normal[k] * (floats[i][k] - base[k]);
    if (Math.abs(v) > bound || whole) { if (!add(Math.sign(v), i)) return null; } else unsure.push(i);
  }
  if (known() || whole && !side) return null;
  const exact = across[r](1n, ...c.slice(1).map(i => minus(points[i], points[c[0]])));
  if (exact.every(x => !x)) return null;
  for (const i of unsure) {
    const v = dot(exact, minus(points[i], points[c[0]]));
    if (!add(v > 0n ? 1 : v < 0n ? -1 : 0, i)) return null;
  }
  const outer = side > 0 ? exact.map(x => -x) : exact;
  return { normal: outer, offset: dot(outer, points[c[0]]), on: new Set(on) };
}

// facets of distinct points that span r dimensions: normal·x ≤ offset for all
// points, with = for those that are on it.
function facets(points, r) {
  const away = points.map(p => minus(p, points[0])), bits = Math.max(...away.flat().map(size));
  const floats = away.map(p => p.map(x => number(x, -bits))), found = [];
  const choose = (c, from) => {
    if (c.length === r) {
      const f = sides(points, floats, bits <= 15, c, () => found.some(g => c.every(i => g.on.has(i))));
      if (f) found.push(f);
      return;
    }
    for (let i = from; i < points.length; i++) choose([...c, i], i + 1);
  };
  if (r > 0) choose([], 0);
  return found;
}
