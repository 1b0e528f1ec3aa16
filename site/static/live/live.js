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
  const { element, section, fetchScript } = Page;
  const waiting = {};

  async function load(name) {
    try {
      await fetchScript(`networks/${name}.js`);
    } catch {
      delete waiting[name];
      throw new Error(`The network "${NETWORKS[name]}" can't be fetched. Reload the page, or go on without it.`);
    }
    const layers = Network.load(globalThis.networkFiles[name]);
    return { name, title: NETWORKS[name], layers, run: (image) => Network.run(layers, image) };
  }

  function fetchNetwork(name) {
    return (waiting[name] ??= load(name));
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
        const row = element("div", "live-row");
        row.append(...figures);
        return section(title, row);
      }));
    }

    // Draws the pad anew, with these networks and with what was drawn before.
    function show(networks) {
      end();
      showLayers(networks, null, []);
      end = Answers.showPad(pad, networks, lines, (drawn, steps, answers) => {
        lines = drawn;
        showLayers(networks, steps, answers);
      });
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
      const label = element("label"), box = Object.assign(element("input"), { type: "checkbox" });
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
