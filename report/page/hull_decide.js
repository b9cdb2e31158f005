// Verdicts and their certificates; goes on from hull.js.

// decide returns the verdict on each of the keys of exactKeys: selectable, tied,
// face or interior, as package keyhull has them. Certificates are found when
// they are asked for.
function decide({ points }) {
  const place = new Map(), of = points.map(p => {
    const name = p.join();
    if (!place.has(name)) place.set(name, place.size);
    return place.get(name);
  });
  const first = [...place.values()].map(k => of.indexOf(k)), distinct = first.map(i => points[i]);
  const used = axes(distinct), flat = distinct.map(p => used.map(c => p[c]));
  const hull = { facets: facets(flat, used.length), flat, rank: used.length };
  // A point's face is what its facets have in common; a vertex is alone in it.
  const faces = flat.map((_, k) => common(hull, hull.facets.filter(f => f.on.has(k))));
  const isVertex = faces.map(face => face.length === 1);
  const verdicts = of.map((k, i) => {
    if (isVertex[k]) return of.indexOf(k) === i && of.lastIndexOf(k) === i ? 'selectable' : 'tied';
    return faces[k].length === flat.length ? 'interior' : 'face';
  });
  return {
    rank: hull.rank, verdicts, of, first,
    edges: edges(hull, faces.flatMap((face, k) => isVertex[k] ? [k] : [])).map(e => e.map(k => first[k])),
    copies: i => of.flatMap((k, j) => k === of[i] && j !== i ? [j] : []),
    query: i => verdicts[i] === 'interior' ? null : outward(hull, of[i], used, points[i].length),
    bases: i => isVertex[of[i]] ? [] : bases(hull, of[i], isVertex).map(b => b.map(t => ({ key: first[t.point], weight: t.weight }))),
  };
}

// common lists the points on all the given facets: all points if there are none.
const common = (hull, list) => [...hull.flat.keys()].filter(k => list.every(f => f.on.has(k)));

// edges are the pairs of vertices that no other vertex shares all facets with.
function edges(hull, vertices) {
  const list = [];
  vertices.forEach((a, i) => vertices.slice(i + 1).forEach(b => {
    const both = hull.facets.filter(f => f.on.has(a) && f.on.has(b));
    if (both.length >= hull.rank - 1 && vertices.every(k => k === a || k === b || !both.every(f => f.on.has(k)))) list.push([a, b]);
  }));
  return list;
}

// outward is the sum of the outer normals of a point's facets, as numbers of
// the keys' own coordinates: it scores the points of its face above all others.
function outward(hull, k, used, dim) {
  const query = Array(dim).fill(0n);
  for (const f of hull.facets) if (f.on.has(k)) used.forEach((c, i) => { query[c] += f.normal[i]; });
  return query;
}

// bases of a point that is no vertex: one, or as many as span all if it is
// interior and lies on planes through fewer vertices.
function bases(hull, p, isVertex) {
  const face = common(hull, hull.facets.filter(f => f.on.has(p))), found = [];
  for (const v of face) {
    if (!isVertex[v]) continue;
    const basis = combination(hull, p, v, isVertex);
    if (face.length < hull.flat.length || basis.length === hull.rank + 1) return [basis];
    found.push(basis);
  }
  const rank = list => axes(list.flat().map(t => hull.flat[t.point])).length, kept = [];
  for (const b of found) if (!kept.length || rank([...kept, b]) > rank(kept)) kept.push(b);
  return kept;
}

// combination has p as a mean of vertices that are affinely independent, all
// weights positive (Carathéodory): the ray from a vertex v through p leaves p's face in
// a point of a smaller face, which is a mean of vertices there, and so on. All
// that is computed of a point is how far it is from each facet's plane.
function combination(hull, p, v, isVertex) {
  const apart = k => hull.facets.map(f => f.offset - dot(f.normal, hull.flat[k]));
  let slack = apart(p), scale = 1n; // of the point, times scale
  let left = [1n, 1n]; // its weight: a fraction
  for (const terms = []; ;) {
    const face = common(hull, hull.facets.filter((_, f) => !slack[f])).filter(k => isVertex[k]);
    const start = face.includes(v) ? v : face[0];
    if (face.length === 1) return [...terms, { point: start, weight: number(left[0], 0, left[1]) }];
    // The point moves by t times its difference to the start; t = n/m is where the first facet ends it.
    const fall = apart(start).map((s, f) => scale * s - slack[f]);
    let n = 0n, m = 0n;
    fall.forEach((b, f) => { if (b > 0n && (!m || slack[f] * m < n * b)) { n = slack[f]; m = b; } });
    terms.push({ point: start, weight: number(left[0] * n, 0, left[1] * (n + m)) });
    left = [left[0] * m, left[1] * (n + m)];
    slack = slack.map((s, f) => s * m - n * fall[f]);
    scale *= m;
  }
}

// ties lists the other keys that a query of float64 numbers scores as high as
// key i, exactly; null if one is higher.
function ties({ points }, query, i) {
  const q = integers(query).of, score = points.map(p => dot(q, p));
  if (score.some(s => s > score[i])) return null;
  return score.flatMap((s, j) => s === score[i] && j !== i ? [j] : []);
}

// unit is a query of length 1 along integers, or 0.
function unit(query) {
  const bits = Math.max(...query.map(size)), q = query.map(x => number(x, -bits)), length = Math.hypot(...q);
  return q.map(x => length ? x / length : 0);
}
