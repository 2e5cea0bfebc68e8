// The way between key boxes, as anchorcrafter_core/controls/path/curve.py draws it: straight lines, or a centripetal
// Catmull-Rom spline run through in a smooth time. Keys are {frame, x, y, w, h, rotation, ease, in_front} in order.

const BEGINS_SLOWLY = ["in", "in-out"];
const ENDS_SLOWLY = ["out", "in-out"];
const COLUMNS = [(key) => Math.log(key.w), (key) => Math.log(key.h), (key) => key.rotation];

/** Number of the piece between two knots in which a value lies. */
function pieceOf(knots, value) {
  let piece = 0;
  while (piece < knots.length - 2 && value >= knots[piece + 1]) piece += 1;
  return piece;
}

function eased(share, ease) {
  if (ease === "in") return share * share;
  if (ease === "out") return share * (2 - share);
  if (ease === "in-out") return share * share * (3 - 2 * share);
  return share;
}

/** Slope at every key: a weighted harmonic mean of the chords beside it, 0 where they turn or the product rests. */
function slopesOf(times, column, rests) {
  const lengths = times.slice(1).map((time, i) => time - times[i]);
  const chords = lengths.map((length, i) => (column[i + 1] - column[i]) / length);
  return times.map((_, i) => {
    if (rests[i]) return 0;
    if (i === 0) return chords[0];
    if (i === times.length - 1) return chords[i - 1];
    const [before, after] = [chords[i - 1], chords[i]];
    if (before * after <= 0) return 0;
    const heavyBefore = lengths[i - 1] + 2 * lengths[i];
    const heavyAfter = 2 * lengths[i - 1] + lengths[i];
    return (heavyBefore + heavyAfter) / (heavyBefore / before + heavyAfter / after);
  });
}

function monotone(times, column, rests, moment) {
  const slopes = slopesOf(times, column, rests);
  const piece = pieceOf(times, moment);
  const length = times[piece + 1] - times[piece];
  const t = (moment - times[piece]) / length;
  const bend = (1 - t) * slopes[piece] - t * slopes[piece + 1];
  const rise = column[piece + 1] - column[piece];
  return column[piece] + rise * t * t * (3 - 2 * t) + length * t * (1 - t) * bend;
}

function blend(left, right, start, end, spot) {
  const span = right - left;
  return start.map((value, axis) => ((right - spot) * value + (spot - left) * end[axis]) / span);
}

function catmullRom(knots, spots, place) {
  const isNew = knots.map((knot, i) => i === 0 || knot > knots[i - 1]);
  let along = knots.filter((_, i) => isNew[i]);
  let points = spots.filter((_, i) => isNew[i]);
  if (points.length === 1) return points[0];
  const mirrored = (middle, other) => middle.map((value, axis) => 2 * value - other[axis]);
  const last = points.length - 1;
  points = [mirrored(points[0], points[1]), ...points, mirrored(points[last], points[last - 1])];
  const piece = pieceOf(along, place);
  along = [2 * along[0] - along[1], ...along, 2 * along[last] - along[last - 1]];
  const k = along.slice(piece, piece + 4);
  let level = points.slice(piece, piece + 4);
  level = [0, 1, 2].map((i) => blend(k[i], k[i + 1], level[i], level[i + 1], place));
  level = [0, 1].map((i) => blend(k[i], k[i + 2], level[i], level[i + 1], place));
  return blend(k[1], k[2], level[0], level[1], place);
}

function straight(path, times, moment) {
  const piece = pieceOf(times, moment);
  const [one, two] = [path.keys[piece], path.keys[piece + 1]];
  const share = eased((moment - one.frame) / (two.frame - one.frame), one.ease);
  const between = (start, end) => (1 - share) * start + share * end;
  return [between(one.x, two.x), between(one.y, two.y), ...COLUMNS.map((of) => between(of(one), of(two)))];
}

function smooth(path, times, moment) {
  const { keys, width, height } = path;
  const rests = keys.map(
    (key, i) => BEGINS_SLOWLY.includes(key.ease) || (i > 0 && ENDS_SLOWLY.includes(keys[i - 1].ease)),
  );
  const longest = Math.max(width, height);
  const along = [0];
  for (let i = 1; i < keys.length; i += 1) {
    const across = ((keys[i].x - keys[i - 1].x) * width) / longest;
    const down = ((keys[i].y - keys[i - 1].y) * height) / longest;
    along.push(along[i - 1] + Math.sqrt(Math.hypot(across, down)));
  }
  const spots = keys.map((key) => [key.x, key.y]);
  const center = catmullRom(along, spots, monotone(times, along, rests, moment));
  return [...center, ...COLUMNS.map((of) => monotone(times, keys.map(of), rests, moment))];
}

/** The key that decides order and ease at a moment: the latest one, before all keys the first. */
export function governingKey(path, moment) {
  return path.keys.filter((key) => key.frame <= moment).pop() ?? path.keys[0];
}

/** The box at a moment: {x, y, w, h, rotation, in_front}. */
export function placeAt(path, moment) {
  const { keys } = path;
  const inFront = governingKey(path, moment).in_front;
  const within = Math.min(Math.max(moment, keys[0].frame), keys[keys.length - 1].frame);
  if (keys.length === 1) {
    const { x, y, w, h, rotation } = keys[0];
    return { x, y, w, h, rotation, in_front: inFront };
  }
  const times = keys.map((key) => key.frame);
  const follow = path.curve === "linear" ? straight : smooth;
  const [x, y, w, h, rotation] = follow(path, times, within);
  return { x, y, w: Math.exp(w), h: Math.exp(h), rotation, in_front: inFront };
}
