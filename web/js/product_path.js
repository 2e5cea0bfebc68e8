// Puts the path editor on 'Product Path' in place of the text field of its path.

import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { PathEditor } from "./path_editor.js";
import { wordsOf } from "./path_words.js";

const NODE = "ProductPath";
const WIDGET = "path";
const LEAST_HEIGHT = 400;
const FIRST_SIZE = [440, 860];
const FARTHEST = 12; // Nodes between the editor and a picture.

/** Frames that are shown, by node: an undo makes its node anew, and would begin at the first one. */
const lookedAt = new Map();

function addStyle() {
  const href = new URL("./path_editor.css", import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

function setting(name) {
  return app.extensionManager?.setting?.get?.(name) ?? app.ui?.settings?.getSettingValue?.(name);
}

const widgetOf = (node, name) => node.widgets?.find((widget) => widget.name === name);

function isLinked(node, name) {
  const input = node.inputs?.find((each) => (each.widget?.name ?? each.name) === name);
  return input?.link != null;
}

function shapeOf(node) {
  const number = (name, fallback) => Math.max(Math.round(Number(widgetOf(node, name)?.value) || fallback), 1);
  return { width: number("width", 576), height: number("height", 1024), frames: number("frames", 72) };
}

function viewUrl({ filename, subfolder = "", type = "input" }) {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`);
}

/** Address of what 'Load Image' and its like have chosen: "folder/name.png [output]". */
function chosenUrl(node) {
  const value = widgetOf(node, "image")?.value;
  if (typeof value !== "string" || !/\.(png|jpe?g|webp|gif|bmp|avif)( \[\w+\])?$/i.test(value)) return null;
  const [, path, type = "input"] = value.match(/^(.*?)(?: \[(\w+)\])?$/);
  const cut = path.lastIndexOf("/");
  return viewUrl({ filename: path.slice(cut + 1), subfolder: path.slice(0, Math.max(cut, 0)), type });
}

function previewUrl(node) {
  const [picture] = app.nodeOutputs?.[node.id]?.images ?? [];
  return picture?.filename ? viewUrl(picture) : null;
}

/** The node that an input comes from. */
function sourceOf(node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1;
  return slot < 0 || node.inputs[slot].link == null ? null : (node.getInputNode?.(slot) ?? null);
}

/** The nearest picture on the way that the person picture comes: chosen, else previewed, else of the node's last run. */
function pictureUrl(node, ran) {
  let source = sourceOf(node, "person");
  if (!source) return null;
  const nearest = chosenUrl(source) ?? ran ?? previewUrl(source);
  for (let step = 0; source && step < FARTHEST; step += 1) {
    const url = chosenUrl(source) ?? previewUrl(source);
    if (nearest ?? url) return nearest ?? url;
    const input = source.inputs?.find((each) => each.link != null && ["IMAGE", "*"].includes(each.type));
    source = input ? sourceOf(source, input.name) : null;
  }
  return null;
}

/** Tell the host of a change by the user, so that it can be undone. */
function noteChange(node) {
  node.graph?.change?.();
  node.setDirtyCanvas?.(true, true);
  const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker;
  (tracker?.captureCanvasState ?? tracker?.checkState)?.call(tracker);
}

function forwardToCanvas(element) {
  const isDrawnByCanvas = () => !window.LiteGraph?.vueNodesMode;
  const forwards = { wheel: "processMouseWheel", pointerdown: "processMouseDown" };
  for (const [kind, process] of Object.entries(forwards)) {
    element.addEventListener(kind, (event) => {
      const isMeant = kind === "wheel" ? event.target.tagName !== "TEXTAREA" : event.button === 1;
      if (isMeant && isDrawnByCanvas()) app.canvas?.[process]?.(event);
    }, { passive: false });
  }
}

/** Call something after a method of one node, whether or not it has the method. */
function after(node, method, act) {
  const before = node[method];
  node[method] = function (...words) {
    const result = before?.apply(this, words);
    act(...words);
    return result;
  };
}

function replaceWidget(node, text) {
  const place = node.widgets.indexOf(text);
  let ran = null;
  let widget = null;
  const editor = new PathEditor({
    words: wordsOf(setting("Comfy.Locale")),
    shape: () => shapeOf(node),
    links: () => ({
      path: isLinked(node, WIDGET),
      person: isLinked(node, "person"),
      spline: isLinked(node, "spline"),
    }),
    pictureUrl: () => pictureUrl(node, ran),
    looked: (frame) => lookedAt.set(node.id, frame),
    changed: (value) => {
      widget.callback?.(value);
      noteChange(node);
    },
  });
  editor.setValue(text.value);
  node.widgets.splice(place, 1);
  text.onRemove?.();
  after(node, "onAdded", () => text.onRemove?.());
  widget = node.addDOMWidget(WIDGET, "PRODUCT_PATH", editor.element, {
    getValue: () => editor.getValue(),
    setValue: (value) => editor.setValue(value),
    getMinHeight: () => LEAST_HEIGHT,
    hideOnZoom: false,
    serialize: true,
  });
  widget.label = text.label;
  widget.tooltip = text.tooltip;
  node.widgets.splice(node.widgets.indexOf(widget), 1);
  node.widgets.splice(place, 0, widget);
  forwardToCanvas(editor.element);
  for (const name of ["width", "height", "frames"]) {
    const number = widgetOf(node, name);
    if (number) after(number, "callback", () => editor.refresh());
  }
  const takeRun = (output) => {
    const [shown] = output?.product_path ?? [];
    if (!shown) return;
    ran = shown.picture ? viewUrl(shown.picture) : null;
    editor.setOutline(shown.outline ?? null);
    editor.refresh();
  };
  after(node, "onConfigure", () => {
    editor.show(lookedAt.get(node.id) ?? 0);
    takeRun(app.nodeOutputs?.[node.id]);
  });
  after(node, "onConnectionsChange", () => {
    if (!isLinked(node, "person")) ran = null;
    requestAnimationFrame(() => editor.refresh());
  });
  after(node, "onExecuted", takeRun);
  after(node, "onRemoved", () => editor.destroy());
  return editor;
}

app.registerExtension({
  name: "AnchorCrafter.ProductPath",
  setup: addStyle,
  nodeCreated(node) {
    if ((node.comfyClass ?? node.type) !== NODE) return;
    const text = widgetOf(node, WIDGET);
    if (!text) return;
    node.pathEditor = replaceWidget(node, text);
    node.setSize?.([Math.max(node.size[0], FIRST_SIZE[0]), Math.max(node.size[1], FIRST_SIZE[1])]);
  },
  afterConfigureGraph() {
    for (const node of app.graph?._nodes ?? []) node.pathEditor?.refresh();
  },
});
