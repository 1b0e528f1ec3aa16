// Helpers that the pads and the training share.
"use strict";

const Page = (() => {
  const HERE = document.currentScript.src.replace(/[^/]*$/, "");

  function element(name, className = "", text = "") {
    return Object.assign(document.createElement(name), { className, textContent: text });
  }

  // A part of the page with a title.
  function section(title, ...content) {
    const box = element("section", "live-section");
    box.append(element("h3", "", title), ...content);
    return box;
  }

  // Shows pictures in rows as long as the screen allows, all rows equally long.
  function showGrid(box, figures) {
    box.className = figures.length % 8 ? "live-grid" : "live-grid live-eights";
    box.replaceChildren(...figures);
  }

  // Fetches a script that lies beside this one: a page that is opened from a folder may fetch nothing else.
  function fetchScript(name) {
    return new Promise((resolve, reject) => {
      const script = Object.assign(element("script"), { src: `${HERE}${name}`, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }

  return { element, section, showGrid, fetchScript };
})();
