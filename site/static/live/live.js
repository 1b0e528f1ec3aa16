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
  const { element, section, showGrid, fetchScript } = Page;
  const waiting = {};

  async function load(name) {
    try {
      await fetchScript(`networks/${name}.js`);
      const layers = Network.load(globalThis.networkFiles[name]);
      return { name, title: NETWORKS[name], layers, run: (image) => Network.run(layers, image) };
    } catch {
      delete waiting[name];
      throw new Error(`The network "${NETWORKS[name]}" can't be fetched.`);
    }
  }

  function fetchNetwork(name) {
    return (waiting[name] ??= load(name));
  }

  function start(place) {
    const wanted = place.dataset.networks.split(" "), offered = (place.dataset.offered ?? "").split(" ").filter(Boolean);
    const boxes = element("div", "live-choices"), pad = element("div", "live-pad"), views = element("div", "live-layers");
    const notice = element("p", "live-notice");
    notice.setAttribute("role", "status");
    place.replaceChildren(boxes, notice, pad, views);
    let shown = { end: () => {} }, lines = [], choices = 0, penIsDown = false, onPenUp = () => {};

    function showLayers(networks, steps, answers) {
      if (!("layers" in place.dataset)) return;
      const rows = steps ? [["Your drawing, prepared", Layers.preparation(steps)]] : [];
      const of = (name) => networks.findIndex((network) => network.name === name);
      if (of("one_layer") >= 0) {
        const image = steps?.centered.pixels;
        rows.push(["The ten templates of the single layer, and the sums that they make of your ink",
          Layers.templates(networks[of("one_layer")].layers, image)]);
      }
      if (steps && of("convolutional") >= 0) {
        rows.push(["The feature maps of the first convolution", Layers.featureMaps(answers[of("convolutional")][0])]);
      }
      views.replaceChildren(...rows.map(([title, figures]) => {
        const row = element("div", "live-row");
        if (figures.length < 5) row.append(...figures);
        else showGrid(row, figures);
        return section(title, row);
      }));
    }

    // Shows a new pad, with these networks and with what was drawn before.
    function show(networks) {
      shown.end();
      showLayers(networks, null, []);
      shown = Answers.showPad(pad, networks, lines, (drawn, steps, answers) => {
        lines = drawn;
        showLayers(networks, steps, answers);
      });
    }

    // What couldn't be fetched, and a button to try once more.
    function tellFailures(failures) {
      notice.textContent = failures.map(({ reason }) => reason.message).join(" ");
      if (!failures.length) return;
      const again = element("button", "", "Try again");
      again.onclick = choose;
      notice.append(" ", again);
    }

    async function choose() {
      const mine = ++choices, names = Object.keys(NETWORKS).filter((name) => wanted.includes(name));
      notice.textContent = "The networks are on their way.";
      const results = await Promise.allSettled(names.map(fetchNetwork));
      if (penIsDown) await new Promise((resolve) => (onPenUp = resolve)); // a new pad would lose the stroke
      if (mine !== choices) return; // the reader has chosen others meanwhile
      show(results.filter(({ value }) => value).map(({ value }) => value));
      tellFailures(results.filter(({ reason }) => reason));
      if (!names.length) notice.textContent = "Choose a network, so that your drawing is read.";
    }

    pad.addEventListener("pointerdown", () => (penIsDown = true), true);
    for (const kind of ["pointerup", "pointercancel"]) {
      addEventListener(kind, () => {
        penIsDown = false;
        onPenUp();
      });
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
      boxes.append(label);
    }
    choose();
  }

  // Pads come to life when they are about to be seen: until then no network is fetched.
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      start(target);
    }
  }, { rootMargin: "100%" });
  document.querySelectorAll(".live[data-networks]").forEach((place) => watcher.observe(place));
})();
