// Buttons and lists of the path editor.

const ICONS = {
  previousKey: "M11 3 5 8l6 5ZM4 3v10",
  nextKey: "M5 3l6 5-6 5ZM12 3v10",
  play: "M4.5 2.5 13 8l-8.5 5.5Z",
  pause: "M5 3v10M11 3v10",
  add: "M8 2.2 13.8 8 8 13.8 2.2 8ZM8 5.6v4.8M5.6 8h4.8",
  remove: "M3 4.5h10M6.5 4V2.5h3V4M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  inFront: "M2.5 2.5h7v7h-7ZM12 6.5h1.5v7h-7V12",
  behind: "M6.5 6.5h7v7h-7ZM9.5 4V2.5h-7v7H4",
  asText: "M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4",
};

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function iconOf(name) {
  const holder = document.createElement("template");
  holder.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
  return holder.content.firstChild;
}

function name(words, button, word) {
  button.title = words(word);
  button.setAttribute("aria-label", words(word));
}

/** A button with an icon, named by a word. */
export function toolOf(words, word, act) {
  const button = make("button", { type: "button", className: "ac-tool" }, iconOf(word));
  name(words, button, word);
  button.addEventListener("click", act);
  return button;
}

/** A list of options, named by a word; "word.option" names an option. */
export function choiceOf(words, word, options, act) {
  const select = make("select", { title: words(word) });
  select.setAttribute("aria-label", words(word));
  select.append(...options.map((value) => make("option", { value, textContent: words(`${word}.${value}`) })));
  select.addEventListener("change", () => act(select.value));
  return select;
}

/** Give a button another icon and name. */
export function dress(words, button, icon, word = icon) {
  if (button.dataset.word === word) return;
  button.dataset.word = word;
  button.replaceChildren(iconOf(icon));
  name(words, button, word);
}
