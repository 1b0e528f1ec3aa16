// The digits that the reader has kept, with their labels: one list for all pads of a page, in the browser's storage.
"use strict";

const Kept = (() => {
  const STORE = "digits kept on the drawing pad";
  const listeners = new Set(); // functions that are called when the list has changed
  let list = [], stored = true;

  // Whether something is a digit as draw.py keeps it: anything may stand in a browser's storage.
  function isDigit(digit) {
    const { label, lines } = digit ?? {};
    return Number.isInteger(label) && label >= 0 && label <= 9 && isFull(lines) && lines.every(isLine);
  }

  const isFull = (list) => Array.isArray(list) && list.length > 0;
  const isLine = (line) => isFull(line) && line.every(isPoint);
  const isPoint = (point) => isFull(point) && point.length === 2 && point.every((place) => place >= 0 && place <= 1);

  function read() {
    try {
      list = (JSON.parse(localStorage.getItem(STORE)) ?? []).filter(isDigit);
    } catch {
      list = []; // the browser forbids to keep anything, or something else stands there
    }
    listeners.forEach((listener) => listener());
  }

  function change(digits) {
    list = digits;
    try {
      localStorage.setItem(STORE, JSON.stringify(list));
      stored = true;
    } catch {
      stored = false; // forbidden, or full
    }
    listeners.forEach((listener) => listener());
  }

  addEventListener("storage", ({ key }) => key === STORE && read()); // another tab kept one
  read();
  return { digits: () => list, areStored: () => stored, change, listeners };
})();
