// The editor of a product path: picture, time line and tools around one text, which changes once per action.

import { governingKey, placeAt } from "./path_curve.js";
import { PathKeyboard } from "./path_keyboard.js";
import { CURVES, EASES, PathError, fitted, keyAt, newPath, parsePath, pathText } from "./path_model.js";
import { withKey, withKeyOn, withoutKey } from "./path_model.js";
import { PathStage } from "./path_stage.js";
import { PathTimeline } from "./path_timeline.js";
import { choiceOf, dress, make, toolOf } from "./path_tools.js";

const FPS = 24; // Of the playback.

export class PathEditor {
  /**
   * @param {object} host what the editor is told by its node: words(word, values), shape() {width, height, frames},
   *   links() {path, person, spline} that are connected, pictureUrl(), changed(text) after every action,
   *   looked(frame) when another frame is shown.
   */
  constructor(host) {
    this.host = host;
    this.words = host.words;
    this.text = "";
    this.path = null;
    this.draft = null;
    this.error = null;
    this.frame = 0;
    this.isText = false;
    this.playing = null;
    const drags = { mayChange: () => this.mayChange(), end: () => this.commit(), cancel: () => this.forget() };
    this.stage = new PathStage({
      ...drags,
      place: () => placeAt(this.shown(), this.frame),
      change: (box) => this.try(withKey(this.path, this.frame, box)),
      select: (frame) => this.look(frame),
    });
    this.timeline = new PathTimeline(
      {
        ...drags,
        scrub: (frame) => this.look(frame),
        select: (frame) => {
          this.carried = frame;
          this.look(frame);
        },
        carry: (to) => this.carry(to),
      },
      this.words,
    );
    this.keyboard = new PathKeyboard(this);
    this.build();
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.stageHolder);
  }

  build() {
    const { words } = this;
    this.stageHolder = make("div", { className: "ac-stage", tabIndex: 0 });
    this.stageHolder.setAttribute("role", "application");
    this.stageHolder.setAttribute("aria-label", words("stage"));
    this.message = make("div", { className: "ac-message", hidden: true });
    this.stageHolder.append(this.stage.svg, this.message);
    this.area = make("textarea", { className: "ac-text", spellcheck: false, hidden: true });
    this.area.setAttribute("aria-label", words("text"));
    this.area.addEventListener("change", () => this.typed());
    this.tools = {
      previousKey: toolOf(words, "previousKey", () => this.jump(-1)),
      play: toolOf(words, "play", () => this.togglePlay()),
      nextKey: toolOf(words, "nextKey", () => this.jump(1)),
      add: toolOf(words, "add", () => this.add()),
      remove: toolOf(words, "remove", () => this.remove()),
      inFront: toolOf(words, "inFront", () => this.toggleInFront()),
      asText: toolOf(words, "asText", () => this.toggleText()),
    };
    this.curve = choiceOf(words, "curve", CURVES, (curve) => this.act({ ...this.path, curve }));
    this.ease = choiceOf(words, "ease", EASES, (ease) => this.setEase(ease));
    this.count = make("span", { className: "ac-count" });
    this.count.setAttribute("aria-hidden", "true");
    const { previousKey, play, nextKey, add, remove, inFront, asText } = this.tools;
    const gap = () => make("span", { className: "ac-gap" });
    const motion = make("div", { className: "ac-row" }, previousKey, play, nextKey, this.count, gap(), add, remove, inFront);
    const forms = make("div", { className: "ac-row ac-forms" }, this.curve, this.ease, gap(), asText);
    this.hint = make("div", { className: "ac-hint", title: words("help") });
    this.hint.setAttribute("role", "status");
    this.element = make(
      "div",
      { className: "ac-path" },
      this.stageHolder,
      this.area,
      this.timeline.element,
      motion,
      forms,
      this.hint,
    );
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", words("editor"));
    this.listen();
  }

  listen() {
    const root = this.element;
    root.addEventListener("keydown", (event) => this.keyboard.down(event));
    root.addEventListener("keyup", (event) => this.keyboard.up(event));
    root.addEventListener("focusout", (event) => root.contains(event.relatedTarget) || this.letGo());
    // Not at once: with a finger the press follows in the same moment, on a box that must not be drawn anew before.
    root.addEventListener("pointerenter", () => requestAnimationFrame(() => this.refresh()));
    for (const kind of ["pointerdown", "mousedown", "dblclick"]) {
      root.addEventListener(kind, (event) => event.button === 1 || event.stopPropagation());
    }
    this.stageHolder.addEventListener("pointerdown", () => this.stageHolder.focus({ preventScroll: true }));
  }

  destroy() {
    this.stop();
    this.observer.disconnect();
    this.element.remove();
  }

  // The text and what it means.

  getValue() {
    return this.text;
  }

  setValue(text) {
    const value = typeof text === "string" ? text : JSON.stringify(text ?? "");
    if (value === this.text && (this.path || this.error)) return;
    this.text = value;
    this.read();
  }

  read() {
    this.draft = null;
    this.stage.giveUp();
    this.timeline.giveUp();
    this.error = null;
    this.path = null;
    try {
      this.path = fitted(parsePath(this.text), this.host.shape());
    } catch (error) {
      if (!(error instanceof PathError)) throw error;
      this.error = error;
    }
    this.frame = Math.min(this.frame, this.host.shape().frames - 1);
    this.refresh();
  }

  shown() {
    return this.draft ?? this.path;
  }

  mayChange() {
    return this.path !== null && !this.host.links().path;
  }

  /** Show a change that is not one yet. */
  try(path) {
    this.stop();
    this.draft = path;
    this.draw();
  }

  /** Keep what is shown: one change of the widget's value. */
  commit() {
    const { draft } = this;
    this.draft = null;
    this.carried = undefined;
    if (draft === null) return;
    const text = pathText(draft);
    if (text !== pathText(this.path)) {
      this.text = text;
      this.path = draft;
      this.host.changed(text);
    }
    this.draw();
  }

  forget() {
    this.draft = null;
    this.carried = undefined;
    this.draw();
  }

  act(path) {
    if (!this.mayChange()) return;
    this.try(path);
    this.commit();
  }

  // Actions.

  look(frame) {
    this.stop();
    this.letGo();
    this.show(frame);
  }

  show(frame) {
    const last = this.host.shape().frames - 1;
    this.frame = Math.min(Math.max(frame, 0), last);
    this.host.looked(this.frame);
    this.draw();
  }

  jump(direction) {
    const frames = this.shown()?.keys.map((key) => key.frame) ?? [];
    const next = direction > 0 ? frames.find((n) => n > this.frame) : frames.filter((n) => n < this.frame).pop();
    if (next !== undefined) this.look(next);
    return next !== undefined;
  }

  carry(to) {
    const moved = withKeyOn(this.path, this.carried ?? this.frame, to);
    this.try(moved.path);
    this.show(moved.frame);
  }

  add() {
    if (this.path && !keyAt(this.path, this.frame)) this.act(withKey(this.path, this.frame));
  }

  remove() {
    if (this.path) this.act(withoutKey(this.path, this.frame));
  }

  toggleInFront() {
    if (this.path) this.act(withKey(this.path, this.frame, { in_front: !governingKey(this.path, this.frame).in_front }));
  }

  /** The ease of the motion that this frame is part of. */
  setEase(ease) {
    if (this.path) this.act(withKey(this.path, governingKey(this.path, this.frame).frame, { ease }));
  }

  nextEase() {
    if (!this.path) return;
    const now = EASES.indexOf(governingKey(this.path, this.frame).ease);
    this.setEase(EASES[(now + 1) % EASES.length]);
  }

  startAgain() {
    this.frame = 0;
    this.text = pathText(newPath(this.host.shape()));
    this.read();
    this.host.changed(this.text);
    this.stageHolder.focus();
  }

  toggleText() {
    this.isText = !this.isText;
    this.draw();
    if (this.isText) this.area.focus();
  }

  typed() {
    if (this.area.value === this.text) return;
    this.text = this.area.value;
    this.read();
    this.host.changed(this.text);
  }

  // Playing.

  togglePlay() {
    if (this.playing !== null) {
      this.stop();
      this.draw();
    } else if (this.path) {
      const last = this.path.frames - 1;
      const begin = { frame: this.frame >= last ? 0 : this.frame, time: performance.now() };
      this.playing = requestAnimationFrame((now) => this.tick(begin, now));
      this.draw();
    }
  }

  tick(begin, now) {
    if (!this.element.isConnected) {
      this.playing = null;
      return;
    }
    const frames = this.path?.frames ?? 1;
    const frame = (begin.frame + Math.floor((Math.max(now - begin.time, 0) / 1000) * FPS)) % frames;
    if (frame !== this.frame) this.show(frame);
    this.playing = requestAnimationFrame((later) => this.tick(begin, later));
  }

  stop() {
    if (this.playing !== null) cancelAnimationFrame(this.playing);
    this.playing = null;
  }

  /** End a change by keys that are held. */
  letGo() {
    if (this.keyboard.release()) this.commit();
  }

  giveUp() {
    const was = this.draft !== null;
    this.stage.giveUp();
    this.timeline.giveUp();
    this.keyboard.release();
    this.forget();
    return was;
  }

  // Showing.

  /** Take up what may have changed around the editor: size, frames, links, picture. */
  refresh() {
    const { width, height, frames } = this.host.shape();
    const path = this.path;
    if (path && !this.draft && (path.width !== width || path.height !== height || path.frames !== frames)) {
      this.path = fitted(parsePath(this.text), { width, height, frames });
      this.frame = Math.min(this.frame, frames - 1);
    }
    this.stage.words = this.words(this.host.links().person ? "pictureLater" : "noPicture");
    this.stage.showPicture(this.host.pictureUrl());
    this.resized();
  }

  resized() {
    const { width, height } = this.host.shape();
    this.stage.layout(width, height);
    this.draw();
  }

  /** Show the product's outline inside the box: polygon of shares of its sides. */
  setOutline(outline) {
    this.stage.outline = outline;
    this.draw();
  }

  draw() {
    const path = this.shown();
    const mayChange = this.mayChange();
    this.stageHolder.hidden = this.isText;
    this.area.hidden = !this.isText;
    this.area.readOnly = this.host.links().path;
    if (this.isText && document.activeElement !== this.area) this.area.value = this.text;
    if (path) {
      this.stage.draw(path, this.frame);
      this.timeline.draw(path, this.frame);
    } else {
      this.stage.overlay.replaceChildren();
    }
    this.timeline.element.style.visibility = path ? "" : "hidden";
    this.showMessage();
    this.showTools(path, mayChange);
    this.showHint(path);
  }

  showMessage() {
    const isLinked = this.host.links().path;
    this.message.hidden = !(this.error || isLinked);
    if (isLinked) {
      this.message.replaceChildren(make("span", { textContent: this.words("linked") }));
    } else if (this.error && this.message.dataset.word !== this.error.word + this.error.about) {
      const again = make("button", { type: "button", className: "ac-tool", textContent: this.words("startAgain") });
      again.addEventListener("click", () => this.startAgain());
      const sentence = this.words(this.error.word, { about: this.error.about });
      this.message.replaceChildren(
        make("strong", { textContent: sentence }),
        make("span", { textContent: this.words("kept") }),
        again,
      );
      this.message.firstChild.setAttribute("role", "alert");
    }
    this.message.dataset.word = isLinked || !this.error ? "" : this.error.word + this.error.about;
  }

  showTools(path, mayChange) {
    const { words } = this;
    const isKey = Boolean(path && keyAt(path, this.frame));
    const governing = path && governingKey(path, this.frame);
    const { previousKey, nextKey, play, add, remove, inFront, asText } = this.tools;
    previousKey.disabled = !path || path.keys[0].frame >= this.frame;
    nextKey.disabled = !path || path.keys[path.keys.length - 1].frame <= this.frame;
    play.disabled = !path;
    dress(words, play, this.playing === null ? "play" : "pause");
    add.disabled = !mayChange || isKey;
    remove.disabled = !mayChange || !isKey || path.keys.length < 2;
    inFront.disabled = !mayChange;
    dress(words, inFront, governing?.in_front === false ? "behind" : "inFront");
    inFront.setAttribute("aria-pressed", String(governing?.in_front === false));
    dress(words, asText, "asText", this.isText ? "asPicture" : "asText");
    asText.setAttribute("aria-pressed", String(this.isText));
    this.curve.disabled = this.ease.disabled = !mayChange;
    this.curve.value = path?.curve ?? CURVES[0];
    this.ease.value = governing?.ease ?? EASES[0];
    const { frames } = this.host.shape();
    this.count.textContent = this.words("frameShort", { frame: this.frame + 1, frames });
  }

  showHint(path) {
    this.hint.textContent = path ? this.hintOf(path) : "";
  }

  hintOf(path) {
    if (this.host.links().spline) return this.words("spline");
    const number = path.keys.findIndex((key) => key.frame === this.frame) + 1;
    if (number) return this.words("hintKey", { number, count: path.keys.length });
    const isInside = path.keys[0].frame < this.frame && this.frame < path.keys[path.keys.length - 1].frame;
    return this.words(isInside ? "hintBetween" : "hintOutside");
  }
}
