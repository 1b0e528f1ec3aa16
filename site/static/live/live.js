// Puts a drawing pad into each <div class="live" data-networks="one_layer convolutional"> of a page, and fetches the
// networks that it names. With data-layers it also shows what they make of the drawing on the way.
"use strict";

(() => {
  const NETWORKS = {
    one_layer: "one layer",
    deeper: "three layers",
    convolutional: "convolutional",
    record: "record",
  };
  const HERE = document.currentScript.src.replace(/[^/]*$/, "");
  const waiting = {};

  // A script, since a page that is opened from a folder may fetch nothing else.
  function fetchNetwork(name) {
    return (waiting[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${HERE}networks/${name}.js`;
      script.onload = () => {
        const file = globalThis.networkFiles[name];
        const layers = Network.load(file);
        resolve({ name, title: NETWORKS[name], layers, run: (image) => Network.run(layers, image) });
      };
      script.onerror = () => {
        delete waiting[name];
        reject(new Error(`The network "${NETWORKS[name]}" can't be fetched. Reload the page, or go on without it.`));
      };
      document.head.append(script);
    }));
  }

  function element(name, className, text = "") {
    return Object.assign(document.createElement(name), { className, textContent: text });
  }

  function start(place) {
    const wanted = place.dataset.networks.split(" "), offered = (place.dataset.offered ?? "").split(" ").filter(Boolean);
    const choices = element("div", "live-choices"), pad = element("div", "live-pad"), views = element("div", "live-layers");
    const notice = element("p", "live-notice");
    notice.setAttribute("role", "status");
    place.replaceChildren(choices, notice, pad, views);
    let end = () => {}, lines = [];

    function showLayers(networks, steps, answers) {
      if (!("layers" in place.dataset)) return;
      const boxes = steps ? [["Your drawing, prepared", Layers.preparation(steps)]] : [];
      const of = (name) => networks.findIndex((network) => network.name === name);
      if (of("one_layer") >= 0) {
        const image = steps?.centered.pixels;
        boxes.push(["The ten templates of the single layer, and the sums that they make of your ink",
          Layers.templates(networks[of("one_layer")].layers, image)]);
      }
      if (steps && of("convolutional") >= 0) {
        boxes.push(["The feature maps of the first convolution", Layers.featureMaps(answers[of("convolutional")][0])]);
      }
      views.replaceChildren(...boxes.map(([title, figures]) => {
        const box = element("section", "live-maps"), row = element("div", "live-row");
        row.append(...figures);
        box.append(element("h3", "", title), row);
        return box;
      }));
    }

    // Draws the pad anew, with these networks and with what was drawn before.
    function show(networks) {
      end();
      const model = Answers.model(networks, (steps, answers) => {
        lines = model.get("lines");
        showLayers(networks, steps, answers);
      });
      pad.replaceChildren();
      end = DrawingPad.render({ model, el: pad });
      showLayers(networks, null, []);
      if (!lines.length) return;
      model.set("lines", lines);
      model.set("_asked", 1);
      model.save_changes();
    }

    async function choose() {
      const names = Object.keys(NETWORKS).filter((name) => wanted.includes(name));
      notice.textContent = "The networks are on their way.";
      try {
        show(await Promise.all(names.map(fetchNetwork)));
        notice.textContent = "";
      } catch (error) {
        notice.textContent = error.message;
      }
    }

    for (const name of Object.keys(NETWORKS).filter((other) => offered.includes(other))) {
      const label = element("label", ""), box = Object.assign(element("input", ""), { type: "checkbox" });
      box.checked = wanted.includes(name);
      box.onchange = () => {
        if (box.checked) wanted.push(name);
        else wanted.splice(wanted.indexOf(name), 1);
        choose();
      };
      label.append(box, ` ${NETWORKS[name]}`);
      choices.append(label);
    }
    choose();
  }

  document.querySelectorAll(".live[data-networks]").forEach(start);
})();
