// A product path as the widget's value holds it (JSON, version 1), and the changes that one action makes to it.
// Every change gives a new path; what cannot be read is never replaced silently.

import { placeAt } from "./path_curve.js";

export const EASES = ["linear", "in", "out", "in-out"];
export const CURVES = ["catmull-rom", "linear"];
const PATH_NAMES = ["version", "width", "height", "frames", "curve", "keys"];
const KEY_NAMES = ["frame", "x", "y", "w", "h", "rotation", "ease", "in_front"];
const DIGITS = 1e4;
const SMALLEST = 0.005;
const LARGEST = 10;

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const isWhole = (value, least) => Number.isInteger(value) && value >= least;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const rounded = (value) => Math.round(value * DIGITS) / DIGITS;
const clamped = (value, least, most) => Math.min(Math.max(value, least), most);

/** Raised with the name of a sentence in path_words.js and what it is about. */
export class PathError extends Error {
  constructor(word, about = "") {
    super(word);
    this.word = word;
    this.about = String(about).slice(0, 80);
  }
}

function requireNames(entry, names, needed) {
  const unknown = Object.keys(entry).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new PathError("unknownEntry", unknown);
  const missing = needed.find((name) => !(name in entry));
  if (missing !== undefined) throw new PathError("missingEntry", missing);
}

function parsedKey(entry) {
  if (!isObject(entry)) throw new PathError("notAPath");
  requireNames(entry, KEY_NAMES, ["frame", "x", "y", "w", "h"]);
  const key = { rotation: 0, ease: "linear", in_front: true, ...entry };
  if (!isWhole(key.frame, 0)) throw new PathError("badValue", `frame ${key.frame}`);
  for (const name of ["x", "y", "w", "h", "rotation"]) {
    const isSide = name === "w" || name === "h";
    const most = name === "rotation" ? 36000 : LARGEST;
    const fits = isNumber(key[name]) && Math.abs(key[name]) <= most && (!isSide || key[name] >= 1e-4);
    if (!fits) throw new PathError("badValue", `${name} ${key[name]}`);
  }
  if (!EASES.includes(key.ease)) throw new PathError("badValue", `ease ${key.ease}`);
  if (typeof key.in_front !== "boolean") throw new PathError("badValue", `in_front ${key.in_front}`);
  return key;
}

/** The path in a text; throws PathError. */
export function parsePath(text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new PathError(String(text ?? "").trim() ? "noJson" : "empty");
  }
  if (!isObject(content)) throw new PathError("notAPath");
  requireNames(content, PATH_NAMES, ["version", "width", "height", "frames", "keys"]);
  if (content.version !== 1) throw new PathError("otherVersion", content.version);
  const { width, height, frames, curve = CURVES[0] } = content;
  for (const [name, value] of Object.entries({ width, height, frames })) {
    if (!isWhole(value, 1)) throw new PathError("badValue", `${name} ${value}`);
  }
  if (!CURVES.includes(curve)) throw new PathError("badValue", `curve ${curve}`);
  if (!Array.isArray(content.keys) || content.keys.length === 0) throw new PathError("noKeys");
  const keys = content.keys.map(parsedKey).sort((one, two) => one.frame - two.frame);
  const twice = keys.find((key, i) => i > 0 && key.frame === keys[i - 1].frame);
  if (twice) throw new PathError("badValue", `frame ${twice.frame}`);
  if (keys[keys.length - 1].frame >= frames) throw new PathError("badValue", `frame ${keys[keys.length - 1].frame}`);
  return { width, height, frames, curve, keys };
}

/** JSON of a path, numbers to four digits. */
export function pathText({ width, height, frames, curve, keys }) {
  const plain = keys.map(({ frame, x, y, w, h, rotation, ease, in_front: inFront }) => ({
    frame,
    x: rounded(x),
    y: rounded(y),
    w: rounded(w),
    h: rounded(h),
    rotation: rounded(rotation),
    ease,
    in_front: inFront,
  }));
  return JSON.stringify({ version: 1, width, height, frames, curve, keys: plain });
}

/** One box that stands still. */
export function newPath({ width, height, frames }) {
  const key = { frame: 0, x: 0.5, y: 0.6, w: 0.3, h: 0.2, rotation: 0, ease: "linear", in_front: true };
  return { width, height, frames, curve: CURVES[0], keys: [key] };
}

/** The path spread over another number of frames, for a picture of another size. */
export function fitted(path, { width, height, frames }) {
  const ratio = path.frames > 1 ? (frames - 1) / (path.frames - 1) : 0;
  const seen = new Set();
  const keys = [];
  for (const key of path.keys) {
    const frame = path.frames === frames ? key.frame : Math.round(key.frame * ratio);
    if (!seen.has(frame)) keys.push({ ...key, frame });
    seen.add(frame);
  }
  return { ...path, width, height, frames, keys };
}

export const keyAt = (path, frame) => path.keys.find((key) => key.frame === frame);

/** The path with a key on a frame that has these values; a new key lies where the path passed. */
export function withKey(path, frame, changes = {}) {
  const before = keyAt(path, frame) ?? { ...placeAt(path, frame), frame, ease: "linear" };
  const merged = { ...before, ...changes };
  const key = {
    ...merged,
    x: clamped(merged.x, -1, 2),
    y: clamped(merged.y, -1, 2),
    w: clamped(merged.w, SMALLEST, 4),
    h: clamped(merged.h, SMALLEST, 4),
    rotation: clamped(merged.rotation, -3600, 3600),
  };
  const others = path.keys.filter((other) => other.frame !== frame);
  return { ...path, keys: [...others, key].sort((one, two) => one.frame - two.frame) };
}

/** The path without the key of a frame; the last key stays. */
export function withoutKey(path, frame) {
  const keys = path.keys.filter((key) => key.frame !== frame);
  return keys.length ? { ...path, keys } : path;
}

/** The path with a key moved in time; it does not pass over another key. */
export function withKeyOn(path, from, to) {
  const place = path.keys.findIndex((key) => key.frame === from);
  if (place < 0) return { path, frame: from };
  const least = place > 0 ? path.keys[place - 1].frame + 1 : 0;
  const most = place < path.keys.length - 1 ? path.keys[place + 1].frame - 1 : path.frames - 1;
  const frame = clamped(to, least, most);
  const keys = path.keys.map((key, i) => (i === place ? { ...key, frame } : key));
  return { path: { ...path, keys }, frame };
}
