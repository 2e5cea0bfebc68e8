// The bar below the picture: its frames, the key frames as diamonds that can be dragged in time, and the playhead.

function div(name) {
  const element = document.createElement("div");
  element.className = name;
  return element;
}

export class PathTimeline {
  /** @param {object} does scrub(frame); select(frame), carry(frame) and end(), cancel() of a key that is dragged. */
  constructor(does, words) {
    this.does = does;
    this.words = words;
    this.frames = 1;
    this.drag = null;
    this.element = div("ac-time");
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "slider");
    this.element.setAttribute("aria-label", words("timeline"));
    this.element.setAttribute("aria-valuemin", "1");
    this.span = div("ac-span");
    this.marks = div("ac-marks");
    this.head = div("ac-head");
    this.element.append(this.span, this.marks, this.head);
    this.element.addEventListener("pointerdown", (event) => this.pressed(event));
    this.element.addEventListener("pointermove", (event) => this.moved(event));
    this.element.addEventListener("pointerup", (event) => this.released(event, "end"));
    this.element.addEventListener("pointercancel", (event) => this.released(event, "cancel"));
  }

  draw(path, frame) {
    this.frames = path.frames;
    const left = (number) => `${(100 * number) / Math.max(path.frames - 1, 1)}%`;
    const [first, last] = [path.keys[0].frame, path.keys[path.keys.length - 1].frame];
    this.span.style.left = left(first);
    this.span.style.width = left(last - first);
    this.head.style.left = left(frame);
    this.marks.replaceChildren(
      ...path.keys.map((key) => {
        const mark = div("ac-mark");
        mark.style.left = left(key.frame);
        mark.dataset.frame = key.frame;
        mark.title = this.words("key", { frame: key.frame + 1 });
        mark.classList.toggle("ac-on", key.frame === frame);
        mark.classList.toggle("ac-behind", !key.in_front);
        return mark;
      }),
    );
    this.element.setAttribute("aria-valuemax", path.frames);
    this.element.setAttribute("aria-valuenow", frame + 1);
    this.element.setAttribute("aria-valuetext", this.words("frameOf", { frame: frame + 1, frames: path.frames }));
  }

  frameOf(event) {
    const bar = this.element.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - bar.left) / bar.width, 0), 1);
    return Math.round(share * (this.frames - 1));
  }

  pressed(event) {
    if (event.button !== 0) return;
    const mark = event.target.closest(".ac-mark");
    this.drag = { pointer: event.pointerId, isKey: Boolean(mark) && this.does.mayChange() };
    if (mark) this.does.select(Number(mark.dataset.frame));
    else this.does.scrub(this.frameOf(event));
    this.element.setPointerCapture(event.pointerId);
  }

  moved(event) {
    if (this.drag?.pointer !== event.pointerId) return;
    if (this.drag.isKey) this.does.carry(this.frameOf(event));
    else this.does.scrub(this.frameOf(event));
  }

  released(event, how) {
    if (this.drag?.pointer !== event.pointerId) return;
    const { isKey } = this.drag;
    this.drag = null;
    this.element.releasePointerCapture?.(event.pointerId);
    if (isKey) this.does[how]();
  }

  giveUp() {
    const was = this.drag?.isKey ?? false;
    this.drag = null;
    return was;
  }
}
