// What the keys do in the path editor. Keys that it knows are kept from the graph: Delete takes a key box, not the node.

import { placeAt } from "./path_curve.js";
import { withKey } from "./path_model.js";

const STEP = 0.005; // Share of the sides that an arrow key moves.
const LEAP = 10; // Times as much with Shift.
const GROWTH = 1.03; // Per press of plus.
const TURN = 3; // Degrees per press of R.

export class PathKeyboard {
  constructor(editor) {
    this.editor = editor;
    this.pressed = null;
  }

  down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    if (event.target === this.editor.area) {
      if (event.key === "Escape") this.editor.toggleText();
      return;
    }
    if (event.target instanceof HTMLSelectElement) return;
    const isButton = event.target instanceof HTMLButtonElement;
    if (isButton && ["Enter", " ", "Tab"].includes(event.key)) return;
    if (event.key === "Tab" && event.target !== this.editor.stageHolder) return;
    if (this.follow(event)) event.preventDefault();
  }

  /** Do what a key stands for; whether it stands for something. */
  follow(event) {
    const { key, shiftKey } = event;
    if (key === "Tab") return this.editor.jump(shiftKey ? -1 : 1);
    if (key === "Escape") return this.editor.giveUp();
    const looks = this.lookOf(key, event.target === this.editor.timeline.element);
    if (looks !== undefined) {
      this.editor.look(looks);
      return true;
    }
    const acts = {
      " ": () => this.editor.togglePlay(),
      a: () => this.editor.add(),
      Insert: () => this.editor.add(),
      Delete: () => this.editor.remove(),
      Backspace: () => this.editor.remove(),
      f: () => this.editor.toggleInFront(),
      e: () => this.editor.nextEase(),
    };
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    if (act) {
      if (!event.repeat) act();
      return true;
    }
    const box = this.editor.mayChange() ? this.boxOf(key, shiftKey) : undefined;
    if (!box) return false;
    this.pressed = key;
    this.editor.try(withKey(this.editor.shown(), this.editor.frame, box));
    return true;
  }

  lookOf(key, isTimeline) {
    const last = this.editor.host.shape().frames - 1;
    const steps = { ",": -1, ".": 1, "[": -1, "]": 1, "<": -LEAP, ">": LEAP, "{": -LEAP, "}": LEAP };
    if (isTimeline) Object.assign(steps, { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 });
    if (key in steps) return this.editor.frame + steps[key];
    return { Home: 0, End: last, PageUp: this.editor.frame - LEAP, PageDown: this.editor.frame + LEAP }[key];
  }

  /** What a key does to the box, or undefined. */
  boxOf(key, isFar) {
    const { x, y, w, h, rotation } = placeAt(this.editor.shown(), this.editor.frame);
    const step = STEP * (isFar ? LEAP : 1);
    const turn = isFar ? -TURN : TURN;
    const ratio = { "+": GROWTH, "=": GROWTH, "-": 1 / GROWTH, _: 1 / GROWTH }[key];
    if (ratio) return { w: w * ratio, h: h * ratio };
    return {
      ArrowLeft: { x: x - step },
      ArrowRight: { x: x + step },
      ArrowUp: { y: y - step },
      ArrowDown: { y: y + step },
      r: { rotation: rotation + turn },
      R: { rotation: rotation + turn },
    }[key];
  }

  /** Any key that is let go ends a change: Shift let go first turns R into r. */
  up(event) {
    const isModifier = ["Shift", "Control", "Alt", "Meta"].includes(event.key);
    if (event.target !== this.editor.area && !isModifier) event.stopPropagation();
    this.editor.letGo();
  }

  /** Forget a key that is held; whether one was. */
  release() {
    const was = this.pressed !== null;
    this.pressed = null;
    return was;
  }
}
