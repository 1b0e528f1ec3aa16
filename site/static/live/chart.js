// Training curves: one of training, drawn as it grows, and one of validation, a point after each epoch.
"use strict";

const Chart = (() => {
  const LEFT = 30, TOP = 10, WIDTH = 260, HEIGHT = 120; // of the plot, in a picture of 300×155
  const MOST = 400; // points of a curve; of more, each second one goes

  // A chart with its caption. `top` is the end of its scale, or a function that finds it from the values.
  function make(title, top) {
    const box = Page.element("figure", "live-chart"), curves = { training: [], validation: [] };

    function draw() {
      const points = Object.values(curves).flat();
      const end = Math.max(1, ...points.map(([epoch]) => epoch));
      const high = typeof top === "number" ? top : top(points.map(([, value]) => value));
      const down = (value) => TOP + HEIGHT * (1 - Math.min(value, high) / high);
      const place = ([epoch, value]) => [LEFT + (WIDTH * epoch) / end, down(value)];
      const curve = ([name, own]) => {
        const places = own.map(place);
        const areFew = name === "validation" && own.length < 20;
        const dots = areFew ? places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.5"/>`) : [];
        return `<g class="live-${name}"><polyline points="${places.join(" ")}"/>${dots.join("")}</g>`;
      };
      const latest = (name) => curves[name].at(-1)?.[1].toFixed(3) ?? "none yet";
      box.innerHTML = `<svg viewBox="0 0 300 155" role="img"
          aria-label="${title}: training ${latest("training")}, validation ${latest("validation")}">
        <rect x="${LEFT}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}"/>
        <text x="26" y="16" text-anchor="end">${high.toFixed(1)}</text><text x="26" y="130" text-anchor="end">0</text>
        <text x="290" y="147" text-anchor="end">epoch ${end.toFixed(1)}</text>
        <g class="live-training"><line x1="32" x2="50" y1="143" y2="143"/></g><text x="54" y="147">training</text>
        <g class="live-validation"><line x1="102" x2="120" y1="143" y2="143"/></g><text x="124" y="147">validation</text>
        ${Object.entries(curves).map(curve).join("")}
      </svg><figcaption>${title}</figcaption>`;
    }

    function add(name, epoch, value) {
      if (!Number.isFinite(value)) return; // none, or it has exploded
      curves[name].push([epoch, value]);
      if (curves[name].length > MOST) curves[name] = curves[name].filter((_, index) => index % 2);
      draw();
    }

    draw();
    return { box, add };
  }

  return { make };
})();
