// The drawing pad as a notebook shows it. draw.py has the same lines, asks the networks, and answers.
const SIDE = 280, PEN = 10; // pixels, as in pad.py
const STEP = 0.025; // of the side: how far an arrow key moves the pen
const PATIENCE = 3000; // milliseconds without an answer, before the pad says so
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const GONE = "The kernel was restarted: run the cells up to this one again to go on drawing.";
const LATE = "Waiting for the kernel. Is it training? If it was restarted, run the cells up to this one again.";
const PAGE = `
  <div class="mnist-pad-left">
    <canvas class="mnist-pad-sheet" width="${2 * SIDE}" height="${2 * SIDE}" tabindex="0" role="application"
      aria-label="pad to draw a digit on; arrow keys move the pen, space puts it down and up"></canvas>
    <p class="mnist-pad-spoken" aria-live="polite"></p>
    <p class="mnist-pad-remark" role="status"></p>
    <div class="mnist-pad-line"><button data-do="undo">undo</button><button data-do="clear">clear</button>
      <button data-do="takeBack">take back the last</button></div>
    <p>Say which digit it was, and it's kept:</p>
    <div class="mnist-pad-labels" role="group" aria-label="keep the drawing with its label">
      ${DIGITS.map((digit) => `<button data-keep="${digit}" aria-label="this was a ${digit}">${digit}</button>`).join("")}
    </div>
    <p class="mnist-pad-tally" role="status"></p>
  </div>
  <div class="mnist-pad-answers">
    <figure>
      <canvas class="mnist-pad-seen" width="28" height="28" role="img" aria-label="what a network sees"></canvas>
      <figcaption>what a network sees: 28×28 pixels</figcaption>
    </figure>
  </div>
  <div class="mnist-pad-texts">
    <p class="mnist-pad-help">Keys: 0 to 9 keep the drawing with its label, z undoes, Escape clears; arrows and space draw.</p>
  </div>`;
const ROW = `<span></span><div class="mnist-pad-track"><div class="mnist-pad-bar"></div></div><span></span>`;

function percent(share) {
  if (share > 0 && share < 0.01) return "<1 %";
  return share > 0.99 && share < 1 ? ">99 %" : `${Math.round(100 * share)} %`;
}

function within(share) {
  return Math.round(1000 * Math.min(1, Math.max(0, share))) / 1000;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

// Draws lines, each a list of points [x, y] from 0 to 1, with a white pen on a square of SIDE pixels.
function trace(brush, lines, width) {
  Object.assign(brush, { strokeStyle: "white", lineWidth: width, lineCap: "round", lineJoin: "round" });
  for (const points of lines) {
    brush.beginPath();
    brush.moveTo(points[0][0] * SIDE, points[0][1] * SIDE);
    for (const [x, y] of points) brush.lineTo(x * SIDE + 0.01, y * SIDE); // a lone point becomes a dot
    brush.stroke();
  }
}

// Ten bars for one network; returns the element and a function that shows an answer: probabilities, a text, or nothing.
function makeBars(name) {
  const figure = element("figure", "mnist-pad-network"), failure = element("p", "mnist-pad-failure");
  const rows = DIGITS.map(() => {
    const row = element("div", "mnist-pad-row");
    row.innerHTML = ROW;
    return row;
  });
  figure.append(element("figcaption", "", name), ...rows, failure);
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", `${name}: no answer yet`);

  function show(answer) {
    const failed = typeof answer === "string", shares = failed || !answer ? DIGITS.map(() => 0) : answer;
    const best = answer && !failed ? shares.indexOf(Math.max(...shares)) : -1;
    rows.forEach((row, digit) => {
      const [label, track, number] = row.children;
      row.hidden = failed;
      row.classList.toggle("mnist-pad-best", digit === best);
      label.textContent = digit === best ? `▸ ${digit}` : digit;
      track.firstChild.style.width = `${100 * shares[digit]}%`;
      number.textContent = answer ? percent(shares[digit]) : "";
    });
    failure.textContent = failed ? `No answer. ${answer}` : "";
    if (!answer) return "";
    const said = `${name}: ${failed ? failure.textContent : `${best}, ${percent(shares[best])}`}`;
    figure.setAttribute("aria-label", said);
    return said;
  }
  return { figure, show };
}

function render({ model, el }) {
  const root = element("div", "mnist-pad");
  root.innerHTML = PAGE;
  el.append(root);
  const find = (name) => root.querySelector(`.mnist-pad-${name}`);
  const sheet = find("sheet"), pen = sheet.getContext("2d"), seen = find("seen").getContext("2d");
  const networks = model.get("_names").map(makeBars);
  pen.scale(2, 2); // sharp, also where a pixel of the page is two of the screen
  find("answers").append(...networks.map(({ figure }) => figure));
  let line = null, pointer = null; // the line that is being drawn, and by which pointer
  let spot = [0.5, 0.5], byKeys = false; // where the keyboard's pen is, and whether it's seen
  let gone = false, timer = null;

  function paint() {
    const lines = line ? [...model.get("lines"), line] : model.get("lines");
    pen.fillStyle = "black";
    pen.fillRect(0, 0, SIDE, SIDE);
    Object.assign(pen, { fillStyle: "#ddd", font: "18px sans-serif", textAlign: "center" });
    if (gone) pen.fillText("Run the cells again", SIDE / 2, SIDE - 12);
    else if (!lines.length && !byKeys) pen.fillText("Draw a digit here", SIDE / 2, SIDE / 2);
    trace(pen, lines, PEN);
    if (!byKeys) return;
    Object.assign(pen, { strokeStyle: line ? "#ff8c2b" : "#4da3ff", lineWidth: 2 });
    pen.beginPath();
    pen.arc(spot[0] * SIDE, spot[1] * SIDE, line ? PEN / 2 : PEN, 0, 7);
    pen.stroke();
  }

  function show() {
    const answer = model.get("_answer"), empty = !model.get("lines").length;
    const fresh = !empty && answer.number >= model.get("_asked");
    if (!empty && !fresh && !gone) return; // an answer to an older stroke
    seen.fillRect(0, 0, 28, 28);
    if (fresh && answer.image) {
      const image = seen.createImageData(28, 28);
      answer.image.forEach((value, index) => image.data.set([value, value, value, 255], 4 * index));
      seen.putImageData(image, 0, 0);
    }
    const said = networks.map(({ show }, index) => show(fresh ? answer.networks[index] : null)).filter(Boolean);
    find("spoken").textContent = said.join(". ");
    find("remark").textContent = gone ? GONE : fresh ? answer.remark : "";
  }
  function answered() {
    if (model.get("_answer").number < model.get("_asked")) return;
    clearTimeout(timer);
    root.ariaBusy = "false";
    root.classList.remove("mnist-pad-late");
    show();
  }
  function awaitAnswer() {
    clearTimeout(timer);
    root.ariaBusy = "true";
    timer = setTimeout(() => {
      root.classList.add("mnist-pad-late");
      find("remark").textContent = LATE;
    }, PATIENCE);
  }
  function showKept() {
    find("tally").textContent = model.get("_tally");
    root.querySelector('[data-do="takeBack"]').disabled = gone || !model.get("kept").length;
  }
  function lose() {
    gone = true;
    root.ariaBusy = "false";
    byKeys = false;
    line = pointer = null;
    clearTimeout(timer);
    root.className = "mnist-pad mnist-pad-gone";
    root.querySelectorAll("button").forEach((button) => (button.disabled = true));
    paint();
    show();
  }

  function ask(lines, kept = model.get("kept")) {
    model.set("lines", lines);
    model.set("kept", kept);
    model.set("_asked", model.get("_asked") + 1);
    model.save_changes();
  }
  function finish() {
    const drawn = line;
    line = pointer = null;
    if (drawn) ask([...model.get("lines"), drawn]);
    paint();
  }
  const actions = {
    undo() {
      if (line) line = null;
      else if (model.get("lines").length) ask(model.get("lines").slice(0, -1));
      paint();
    },
    clear() {
      line = null;
      if (model.get("lines").length) ask([]);
      paint();
    },
    keep(label) {
      finish();
      const lines = model.get("lines"), answer = model.get("_answer");
      const isNone = answer.number >= model.get("_asked") && !answer.image; // a dot; the remark says so
      if (!lines.length) find("remark").textContent = "Draw a digit first, then say which it was.";
      else if (!isNone) ask([], [...model.get("kept"), { label, lines }]);
    },
    takeBack() {
      const kept = model.get("kept"), lines = model.get("lines");
      if (kept.length) ask(lines.length ? lines : kept.at(-1).lines, kept.slice(0, -1));
    },
  };

  function extend(event) {
    const box = sheet.getBoundingClientRect();
    const events = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of events.length ? events : [event]) {
      const point = [within((clientX - box.left) / box.width), within((clientY - box.top) / box.height)];
      const last = line.at(-1);
      if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) > 0.004) line.push(point);
    }
    paint();
  }
  sheet.onpointerdown = (event) => {
    if (gone || pointer !== null || !event.isPrimary || event.button) return;
    finish(); // a line that the keyboard began
    byKeys = false;
    pointer = event.pointerId;
    sheet.setPointerCapture(pointer);
    sheet.focus({ preventScroll: true });
    line = [];
    extend(event);
  };
  sheet.onpointermove = (event) => line && event.pointerId === pointer && extend(event);
  sheet.onpointerup = sheet.onpointercancel = sheet.onlostpointercapture = (event) =>
    event.pointerId === pointer && finish();
  sheet.onfocus = () => {
    byKeys = !gone && pointer === null && sheet.matches(":focus-visible");
    paint();
  };
  sheet.onblur = () => {
    byKeys = false;
    if (pointer === null) finish();
  };

  function draw(key) {
    byKeys = true;
    if (key === " ") line ? finish() : (line = [spot]);
    else {
      spot = spot.map((place, axis) => within(place + STEP * ARROWS[key][axis]));
      line?.push(spot);
    }
    paint();
  }
  // On the window, before any listener of the notebook, which would take such keys for its shortcuts.
  function onKey(event) {
    const { key } = event;
    if (!root.contains(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Tab" || key === "Shift" || (key === "Enter" && event.shiftKey)) return;
    event.stopImmediatePropagation();
    if (gone || pointer !== null) return;
    if (/^[0-9]$/.test(key)) actions.keep(Number(key));
    else if (key === "z" || key === "Backspace") actions.undo();
    else if (key === "Escape" || key === "Delete") actions.clear();
    else if (event.target === sheet && (key in ARROWS || key === " ")) draw(key);
    else return; // the browser's: a button is pressed, the page scrolled
    event.preventDefault();
  }
  root.onclick = ({ target }) => {
    if (target.dataset.keep) actions.keep(Number(target.dataset.keep));
    else actions[target.dataset.do]?.();
  };

  const listeners = [
    ["change:lines", () => (paint(), model.get("lines").length || show())],
    ["change:_asked", awaitAnswer],
    ["change:_answer", answered],
    ["change:_tally", showKept],
    ["comm_live_update", lose], // it was live, so now it isn't
  ];
  listeners.forEach(([name, callback]) => model.on(name, callback));
  window.addEventListener("keydown", onKey, true);
  paint();
  show();
  showKept();
  return () => {
    clearTimeout(timer);
    window.removeEventListener("keydown", onKey, true);
    listeners.forEach(([name, callback]) => model.off(name, callback));
  };
}
export default { render };
