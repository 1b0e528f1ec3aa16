// What the pieces that are alive make a page of.
"use strict";

const Page = (() => {
  const HERE = document.currentScript.src.replace(/[^/]*$/, "");

  function element(name, className = "", text = "") {
    return Object.assign(document.createElement(name), { className, textContent: text });
  }

  // Something with a title.
  function section(title, ...content) {
    const box = element("section", "live-maps");
    box.append(element("h3", "", title), ...content);
    return box;
  }

  // Fetches a script that lies beside this one: a page that is opened from a folder may fetch nothing else.
  function fetchScript(name) {
    return new Promise((resolve, reject) => {
      const script = Object.assign(element("script"), { src: `${HERE}${name}`, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }

  return { element, section, fetchScript };
})();
