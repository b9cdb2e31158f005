// How much a verdict matters: margins, and the best attention. Goes on from
// hull.js.

// margin is the distance of a vertex i to the hull of the keys that differ from
// it, and the query of length 1 that wins by as much. Wolfe's algorithm (1976)
// in exact fractions: it ends without a tolerance.
function margin({ points, exp, den }, i) {
  const others = points.map(p => minus(p, points[i])).filter(y => y.some(x => x));
  if (!others.length) return { margin: 0, query: points[i].map(() => 0) };
  const norms = others.map(y => dot(y, y));
  let corral = [norms.reduce((best, s, j) => s < norms[best] ? j : best, 0)], weights = [1n], all = 1n, x;
  for (;;) {
    x = others[0].map((_, c) => corral.reduce((sum, j, k) => sum + weights[k] * others[j][c], 0n)); // times all
    const square = dot(x, x), along = others.map(y => all * dot(x, y));
    const best = along.reduce((b, s, j) => s < along[b] ? j : b, 0);
    if (along[best] >= square) return { margin: root(square, (all * den) ** 2n, exp), query: unit(x.map(v => -v)) };
    corral.push(best);
    weights.push(0n);
    for (;;) { // the nearest point of the plane through the corral, or the way there up to where a weight is 0
      const { of, sum } = nearest(corral.map(j => others[j]));
      if (of.every(a => a > 0n)) { weights = of; all = sum; break; }
      let k = -1; // least w_k/(w_k − a_k)
      const way = j => [weights[j] * sum, weights[j] * sum - of[j] * all];
      of.forEach((a, j) => { if (a <= 0n && (k < 0 || way(j)[0] * way(k)[1] < way(k)[0] * way(j)[1])) k = j; });
      const next = weights.map((w, j) => weights[k] * of[j] - of[k] * w), total = weights[k] * sum - of[k] * all;
      corral = corral.filter((_, j) => next[j]);
      weights = next.filter(w => w);
      all = total;
    }
  }
}

// nearest is the affine combination of independent points next to 0: weights
// of/sum, from the normal equations, by elimination without fractions (Bareiss 1968).
function nearest(points) {
  const along = points.slice(1).map(p => minus(p, points[0])), m = along.length;
  const a = along.map(u => [...along.map(v => dot(u, v)), -dot(u, points[0])]);
  let before = 1n;
  for (let k = 0; k < m; k++) {
    for (let i = 0; i < m; i++) if (i !== k) a[i] = a[i].map((x, c) => (x * a[k][k] - a[i][k] * a[k][c]) / before);
    before = a[k][k];
  }
  const rest = a.map(row => row[m]), sum = before;
  return { of: [rest.reduce((s, x) => s - x, sum), ...rest], sum };
}

// spread is the largest distance of a key to the keys' mean.
function spread({ points, exp, den }) {
  const n = BigInt(points.length), sum = points[0].map((_, c) => points.reduce((s, p) => s + p[c], 0n));
  const square = points.map(p => p.map((x, c) => n * x - sum[c])).map(y => dot(y, y)).reduce((a, b) => b > a ? b : a);
  return root(square, (n * den) ** 2n, exp);
}

// bestAttention is the largest softmax weight that key i can get from a query
// of length radius at most, with scores q·k, and that query. keys are float64.
// The loss −log of the weight is convex; to it λ‖q‖²/2 is added, and λ is found
// so that the query has the length: longer for smaller λ. bound is what no
// query within the radius exceeds, by the gradient.
function bestAttention(keys, i, radius) {
  const apart = keys.flatMap((k, j) => j === i ? [] : [k.map((x, c) => x - keys[i][c])]), dim = keys[i].length;
  const far = Math.max(0, ...apart.map(y => Math.hypot(...y)));
  let q = Array(dim).fill(0);
  if (far > 0 && radius > 0) q = ofLength(apart, q, radius, Math.log(far / radius));
  const { loss, slope } = attend(apart, q, 0);
  const gain = slope.reduce((s, g, c) => s + g * q[c], 0) + radius * Math.hypot(...slope);
  return { weight: Math.exp(-loss), bound: Math.exp(-loss + gain), query: q };
}

// ofLength is the best query of length radius at most. high is log λ of one that
// is too short. False position in log λ and the log of the length (Illinois).
function ofLength(apart, q, radius, high) {
  const off = log => { q = descend(apart, q, Math.exp(log)); return Math.log(Math.hypot(...q) / radius); };
  let below = off(high), low = high, above = below, side = 0;
  for (let step = 1; above <= 0; step *= 2) { // to a query that is too long
    if (step > 16) return q; // the best one is shorter
    [high, below] = [low, above];
    above = off(low -= step);
  }
  for (let k = 0; k < 60; k++) {
    const at = (low * below - high * above) / (below - above), miss = off(at);
    if (Math.abs(miss) < 1e-11) break;
    if (miss > 0) { low = at; above = miss; if (side > 0) below /= 2; side = 1; } else { high = at; below = miss; if (side < 0) above /= 2; side = -1; }
  }
  const length = Math.hypot(...q);
  return length > radius ? q.map(x => x * radius / length) : q;
}

// lossOf is the loss of a query; attend also gives its slope and curvature.
function lossOf(apart, q, lambda, scores = []) {
  let top = 0, sum = 0;
  apart.forEach((y, j) => { scores[j] = 0; for (let c = 0; c < q.length; c++) scores[j] += y[c] * q[c]; top = Math.max(top, scores[j]); });
  for (let j = 0; j < scores.length; j++) sum += scores[j] = Math.exp(scores[j] - top);
  sum += Math.exp(-top);
  for (let j = 0; j < scores.length; j++) scores[j] /= sum;
  return top + Math.log(sum) + q.reduce((s, x) => s + lambda * x * x / 2, 0);
}

function attend(apart, q, lambda) {
  const share = [], loss = lossOf(apart, q, lambda, share), mean = q.map(() => 0), curve = q.map(() => q.map(() => 0));
  apart.forEach((y, j) => { for (let c = 0; c < q.length; c++) mean[c] += share[j] * y[c]; });
  const spread = (part, y) => { // about the mean: nothing cancels
    for (let c = 0; c < q.length; c++) for (let b = 0; b < q.length; b++) curve[c][b] += part * (y[c] - mean[c]) * (y[b] - mean[b]);
  };
  apart.forEach((y, j) => spread(share[j], y));
  spread(Math.exp(-lossOf(apart, q, 0)), q.map(() => 0));
  curve.forEach((row, c) => { row[c] += lambda; });
  return { loss, slope: mean.map((m, c) => m + lambda * q[c]), curve };
}

// descend goes from q to the least loss by Newton's method with halved steps.
function descend(apart, q, lambda) {
  for (let k = 0; k < 100; k++) {
    const { loss, slope, curve } = attend(apart, q, lambda), step = solve(curve, slope);
    const fall = step.reduce((s, x, c) => s + x * slope[c], 0);
    if (!(fall > 0)) break;
    let t = 1, next;
    const along = () => { next = q.map((x, c) => x - t * step[c]); return lossOf(apart, next, lambda); };
    while (t > 1e-6 && !(along() <= loss - t * fall / 4)) t /= 2;
    if (t > 1e-6) q = next;
    if (t <= 1e-6 || fall < 1e-14 * (1 + loss)) break; // rounding is all that is left
  }
  return q;
}

// solve is the solution of a small system with a positive definite matrix.
function solve(matrix, right) {
  const a = matrix.map((row, c) => [...row, right[c]]), m = right.length;
  for (let k = 0; k < m; k++) {
    for (let i = 0; i < m; i++) {
      if (i === k) continue;
      const f = a[i][k] / a[k][k];
      for (let c = k; c <= m; c++) a[i][c] -= f * a[k][c];
    }
  }
  return a.map((row, k) => row[m] / row[k]);
}
