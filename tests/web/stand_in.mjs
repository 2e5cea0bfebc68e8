// A stand-in for the editor of graphs: as much of a page and of one node as 'Product Path' touches.
// Prints, as JSON, what its stage says: [with nothing connected, with a person connected, with its picture known].

class Element {
  constructor() {
    Object.assign(this, { children: [], dataset: {}, style: {}, attributes: {}, classList: { toggle() {} } });
  }
  append(...children) {
    this.children.push(...children);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  removeAttribute(name) {
    delete this.attributes[name];
  }
  addEventListener() {}
  get firstChild() {
    return this.children[0];
  }
  get content() {
    return { firstChild: new Element() };
  }
}

globalThis.document = {
  head: new Element(),
  createElement: () => new Element(),
  createElementNS: () => new Element(),
};
globalThis.ResizeObserver = class {
  observe() {}
};
globalThis.requestAnimationFrame = (act) => act();
globalThis.window = {};

const { app } = await import("./scripts/app.js");
const locale = process.argv[2];
let extension = null;
Object.assign(app, {
  registerExtension: (given) => (extension = given),
  extensionManager: { setting: { get: () => locale } },
  nodeOutputs: {},
});
await import("./extensions/pack/js/product_path.js");

const values = { width: 192, height: 320, frames: 12, path: "" };
const node = {
  id: 1,
  comfyClass: "ProductPath",
  size: [440, 860],
  widgets: Object.entries(values).map(([name, value]) => ({ name, value })),
  inputs: ["person", "spline", "path"].map((name) => ({ name, link: null })),
  getInputNode: () => ({ id: 2, inputs: [], widgets: [] }),
  addDOMWidget(name, type, element, options) {
    this.widgets.push({ name, type, element, options });
    return this.widgets[this.widgets.length - 1];
  },
};
extension.nodeCreated(node);

const said = () => {
  const texts = node.pathEditor.stage.background.children.map((child) => child.textContent).filter(Boolean);
  return texts.join(" ");
};
const spoken = [said()];
node.inputs[0].link = 7;
node.onConnectionsChange();
spoken.push(said());
node.onExecuted({ product_path: [{ picture: { filename: "person.png", type: "temp" } }] });
spoken.push(said());
console.log(JSON.stringify(spoken));
