// The picture with the product's box on it: draws a path at a frame, and turns what a pointer does into new boxes.

import { placeAt } from "./path_curve.js";
import { keyAt } from "./path_model.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 0.06; // Share of the sides shown around the frame, for boxes that leave it.
const GRIP = 9; // Side of a handle in CSS pixels.
const STEM = 22; // Length of the turning knob's stem in CSS pixels.
const SMALLEST = 8; // Least side of a box in CSS pixels while it is dragged.
const SNAP = 15; // Degrees between which Shift turns.
const MOST_DOTS = 240;
const CORNERS = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
const EDGES = [[0, -1], [1, 0], [0, 1], [-1, 0]];

const degrees = (angle) => (angle * 180) / Math.PI;
const radians = (angle) => (angle * Math.PI) / 180;

function make(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function turned([x, y], angle) {
  const [cosine, sine] = [Math.cos(radians(angle)), Math.sin(radians(angle))];
  return [cosine * x - sine * y, sine * x + cosine * y];
}

/** The nearest of the eight pointers of the system for a handle in a direction. */
function cursorOf(direction, rotation) {
  const [x, y] = turned(direction, rotation);
  const eighth = Math.round(degrees(Math.atan2(y, x)) / 45) & 3;
  return ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"][eighth];
}

export class PathStage {
  /**
   * @param {object} does what the stage asks for: place() the box now; change(box), end() and cancel() of a drag;
   *   select(frame) of another key's box.
   */
  constructor(does) {
    this.does = does;
    this.drag = null;
    this.size = [576, 1024];
    this.unit = 1;
    this.outline = null;
    this.svg = make("svg", { role: "presentation" });
    this.background = make("g");
    this.picture = make("image", { preserveAspectRatio: "xMidYMid slice" });
    this.overlay = make("g");
    this.svg.append(this.background, this.picture, this.overlay);
    this.svg.addEventListener("pointerdown", (event) => this.pressed(event));
    this.svg.addEventListener("pointermove", (event) => this.moved(event));
    this.svg.addEventListener("pointerup", (event) => this.released(event, "end"));
    this.svg.addEventListener("pointercancel", (event) => this.released(event, "cancel"));
    this.picture.addEventListener("error", () => this.showPicture(null));
    this.picture.addEventListener("load", () => this.picture.removeAttribute("visibility"));
    this.url = null;
  }

  /** Show a picture by its address, or the grey stage. */
  showPicture(url) {
    if (url === this.url) return;
    this.url = url;
    if (url) this.picture.setAttribute("href", url);
    else this.picture.removeAttribute("href");
    this.picture.setAttribute("visibility", "hidden");
    this.layout();
  }

  /** Fit to the frame's sides in pixels and to the room there is. */
  layout(width = this.size[0], height = this.size[1]) {
    this.size = [width, height];
    const [across, down] = [width * (1 + 2 * MARGIN), height * (1 + 2 * MARGIN)];
    this.svg.setAttribute("viewBox", `${-width * MARGIN} ${-height * MARGIN} ${across} ${down}`);
    const room = [this.svg.clientWidth, this.svg.clientHeight];
    this.unit = room[0] && room[1] ? Math.max(across / room[0], down / room[1]) : across / 300;
    const frame = { x: 0, y: 0, width, height };
    for (const [name, value] of Object.entries(frame)) this.picture.setAttribute(name, value);
    const third = (share) => `M${width * share} 0V${height}M0 ${height * share}H${width}`;
    this.background.replaceChildren(
      make("rect", { ...frame, class: "ac-frame" }),
      make("path", { d: third(1 / 3) + third(2 / 3), class: "ac-thirds", "stroke-width": this.unit }),
    );
    if (!this.url && this.words) {
      const text = make("text", { x: width / 2, y: height * 0.08, class: "ac-none", "font-size": 11 * this.unit });
      text.textContent = this.words;
      this.background.append(text);
    }
  }

  /** Draw a path at a frame. */
  draw(path, frame) {
    const place = placeAt(path, frame);
    const current = keyAt(path, frame);
    this.overlay.replaceChildren(
      make("rect", {
        x: 0, y: 0, width: this.size[0], height: this.size[1], class: "ac-border", "stroke-width": this.unit,
      }),
      ...this.wayOf(path),
      ...path.keys.filter((key) => key !== current).map((key) => this.ghost(key)),
      this.box(place, !current),
    );
  }

  wayOf(path) {
    const [first, last] = [path.keys[0].frame, path.keys[path.keys.length - 1].frame];
    if (first === last) return [];
    const step = Math.max((last - first) / MOST_DOTS, 0.25);
    const points = [];
    for (let moment = first; moment < last + step / 2; moment += step) {
      const place = placeAt(path, Math.min(moment, last));
      points.push(`${(place.x * this.size[0]).toFixed(1)} ${(place.y * this.size[1]).toFixed(1)}`);
    }
    const d = `M${points.join("L")}`;
    const dots = make("g", { class: "ac-dots" });
    const stride = Math.ceil((last - first) / MOST_DOTS);
    for (let moment = first; moment <= last; moment += stride) {
      const { x, y } = placeAt(path, moment);
      dots.append(make("circle", { cx: x * this.size[0], cy: y * this.size[1], r: 1.8 * this.unit }));
    }
    return [
      make("path", { d, class: "ac-way ac-halo", "stroke-width": 3.5 * this.unit }),
      make("path", { d, class: "ac-way", "stroke-width": 1.2 * this.unit }),
      dots,
    ];
  }

  /** Half sides of a box in pixels of the frame, and the transformation to its place. */
  frameOf({ x, y, w, h, rotation }) {
    const move = `translate(${x * this.size[0]} ${y * this.size[1]}) rotate(${rotation})`;
    return { half: [(w * this.size[0]) / 2, (h * this.size[1]) / 2], move };
  }

  ghost(key) {
    const { half, move } = this.frameOf(key);
    const group = make("g", { class: "ac-ghost", "data-frame": key.frame });
    const rect = { x: -half[0], y: -half[1], width: 2 * half[0], height: 2 * half[1], transform: move };
    const dash = key.in_front ? {} : { "stroke-dasharray": `${4 * this.unit} ${3 * this.unit}` };
    const [cx, cy] = [key.x * this.size[0], key.y * this.size[1]];
    const label = make("text", { x: cx, y: cy - 8 * this.unit, "font-size": 11 * this.unit, "stroke-width": 3 * this.unit });
    label.textContent = key.frame + 1;
    const dot = make("circle", { cx, cy, r: 3.5 * this.unit, "stroke-width": this.unit });
    const under = make("rect", { ...rect, class: "ac-under", "stroke-width": 2.5 * this.unit });
    group.append(under, make("rect", { ...rect, ...dash, "stroke-width": 1.2 * this.unit }), dot, label);
    return group;
  }

  box(place, isBetween) {
    const { half, move } = this.frameOf(place);
    const [w, h] = half;
    const u = this.unit;
    const group = make("g", { transform: move, class: "ac-box" });
    if (isBetween) group.classList.add("ac-between");
    if (!place.in_front) group.classList.add("ac-behind");
    const dash = place.in_front ? {} : { "stroke-dasharray": `${6 * u} ${4 * u}` };
    group.append(
      make("rect", {
        x: -w, y: -h, width: 2 * w, height: 2 * h, class: "ac-body", "data-grip": "move", "stroke-width": 2 * u, ...dash,
      }),
    );
    if (this.outline) {
      const points = this.outline.map(([x, y]) => `${(2 * x - 1) * w},${(2 * y - 1) * h}`).join(" ");
      group.append(make("polygon", { points, class: "ac-shape", "stroke-width": u, ...dash }));
    }
    const cross = `M${-5 * u} 0H${5 * u}M0 ${-5 * u}V${5 * u}`;
    group.append(make("path", { d: cross, class: "ac-cross", "stroke-width": 1.5 * u }));
    group.append(make("path", { d: `M0 ${-h}V${-h - STEM * u}`, class: "ac-stem", "stroke-width": 1.5 * u }));
    group.append(...EDGES.map((at) => this.grip(at, half, place.rotation, 0.75)));
    group.append(...CORNERS.map((at) => this.grip(at, half, place.rotation, 1)));
    group.append(
      make("circle", {
        cx: 0, cy: -h - STEM * u, r: (GRIP / 2 + 1) * u, class: "ac-grip ac-knob", "data-grip": "turn", "stroke-width": u,
      }),
    );
    return group;
  }

  grip([x, y], [w, h], rotation, scale) {
    const side = GRIP * scale * this.unit;
    return make("rect", {
      x: x * w - side / 2,
      y: y * h - side / 2,
      width: side,
      height: side,
      rx: side / 5,
      class: "ac-grip",
      "data-grip": `${x},${y}`,
      "stroke-width": this.unit,
      style: `cursor:${cursorOf([x, y], rotation)}`,
    });
  }

  /** Where a pointer is, in pixels of the frame. */
  spotOf(event) {
    const matrix = this.svg.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return [x, y];
  }

  pressed(event) {
    if (event.button !== 0 || this.drag) return;
    const ghost = event.target.closest(".ac-ghost");
    if (ghost) this.does.select(Number(ghost.dataset.frame));
    const grip = ghost ? "move" : event.target.dataset?.grip;
    if (!grip || !this.does.mayChange()) return;
    event.preventDefault();
    const start = this.does.place();
    this.drag = { grip, start, from: this.spotOf(event), pointer: event.pointerId, turn: start.rotation };
    this.svg.setPointerCapture(event.pointerId);
  }

  moved(event) {
    if (!this.drag || event.pointerId !== this.drag.pointer) return;
    const spot = this.spotOf(event);
    const { grip } = this.drag;
    if (grip === "move") this.does.change(this.shifted(spot, event.shiftKey));
    else if (grip === "turn") this.does.change(this.rotated(spot, event.shiftKey));
    else this.does.change(this.resized(grip.split(",").map(Number), spot, event.shiftKey));
  }

  released(event, how) {
    if (!this.drag || event.pointerId !== this.drag.pointer) return;
    this.drag = null;
    this.svg.releasePointerCapture?.(event.pointerId);
    this.does[how]();
  }

  /** Give up a drag; whether there was one. */
  giveUp() {
    const was = this.drag !== null;
    this.drag = null;
    return was;
  }

  shifted(spot, isAlongOneAxis) {
    const { start, from } = this.drag;
    let [across, down] = [spot[0] - from[0], spot[1] - from[1]];
    if (isAlongOneAxis) [across, down] = Math.abs(across) > Math.abs(down) ? [across, 0] : [0, down];
    return { x: start.x + across / this.size[0], y: start.y + down / this.size[1] };
  }

  rotated(spot, isSnapped) {
    const { start } = this.drag;
    const [x, y] = [spot[0] - start.x * this.size[0], spot[1] - start.y * this.size[1]];
    let angle = degrees(Math.atan2(y, x)) + 90;
    angle += 360 * Math.round((this.drag.turn - angle) / 360);
    this.drag.turn = angle;
    return { rotation: isSnapped ? SNAP * Math.round(angle / SNAP) : angle };
  }

  /** The side or corner opposite to the handle stays; corners keep the proportions unless they are freed. */
  resized([right, below], spot, isFree) {
    const { start, from } = this.drag;
    const { half } = this.frameOf(start);
    const [across, down] = turned([spot[0] - from[0], spot[1] - from[1]], -start.rotation);
    const least = SMALLEST * this.unit;
    const before = [2 * half[0], 2 * half[1]];
    let sides = [Math.max(before[0] + right * across, least), Math.max(before[1] + below * down, least)];
    if (right && below && !isFree) {
      const growth = (right * across * before[0] + below * down * before[1]) / (before[0] ** 2 + before[1] ** 2);
      const ratio = Math.max(1 + growth, least / Math.min(...before));
      sides = before.map((side) => side * ratio);
    }
    const middle = [(right * (sides[0] - before[0])) / 2, (below * (sides[1] - before[1])) / 2];
    const [x, y] = turned(middle, start.rotation);
    const [width, height] = this.size;
    return { x: start.x + x / width, y: start.y + y / height, w: sides[0] / width, h: sides[1] / height };
  }
}
