/* Plays the interval inside this file. Every text goes through textContent; nothing is fetched. */
"use strict";
addEventListener("load", () => {
  const story = JSON.parse(document.getElementById("casevac").textContent);
  const map = window[story.map];
  const STEP_MS = 50;
  const LINES = 12;
  const SPEEDS = [1, 2, 5, 10, 30, 60];

  function element(tag, text, attributes) {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    return made;
  }

  /* `aside` moves a mark so many places to the right and above its point; a quiet one tells its label when pointed at. */
  function mark(at, sign, label, facts, { aside = null, quiet = false } = {}) {
    const sheet = element("div", sign, { class: "mark", ...facts });
    const iconAnchor = aside === null ? [10, 10] : [10 - 24 * aside, 36];
    const icon = L.divIcon({ html: sheet, className: "", iconSize: [20, 20], iconAnchor });
    const made = L.marker([at[1], at[0]], { icon, keyboard: false, interactive: quiet, zIndexOffset: aside === null ? 0 : 1000 });
    made.bindTooltip(element("span", label), { permanent: !quiet, direction: "right", offset: [10, 0], className: "label" });
    return { made, sheet };
  }

  /* The last entry whose time (its first value) is not after t, or null. */
  function lastOf(entries, t) {
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle][0] <= t) low = middle + 1;
      else high = middle;
    }
    return low > 0 ? entries[low - 1] : null;
  }

  function show(thing, at) {
    if (at === null) return thing.made.remove();
    thing.made.setLatLng([at[1], at[0]]);
    if (!map.hasLayer(thing.made)) thing.made.addTo(map);
  }

  for (const one of story.facilities) mark(one.at, "+", one.label, { "data-kind": "facility" }).made.addTo(map);
  for (const one of story.sites) mark(one.at, "H", one.label, { "data-kind": "site" }, { quiet: true }).made.addTo(map);
  const assets = story.assets.map((one) => {
    const drawn = mark([0, 0], { air: "A", ground: "V", device: "·" }[one.kind], one.label, { "data-kind": one.kind });
    return { ...one, ...drawn, at: null };
  });
  const casualties = story.casualties.map((one, index) => ({ ...one, ...mark([0, 0], "?", one.id, {}, { aside: index % 6, quiet: true }) }));
  const facilities = new Map(story.facilities.map((one) => [one.id, one.at]));
  const SIGNS = { T1: "1", T2: "2", T3: "3", T4: "4", DEAD: "✕", UNKNOWN: "?" };

  const exercise = story.mission.kind === "exercise";
  const speed = story.mission.speed_factor;
  const warning = exercise ? `EXERCISE EXERCISE EXERCISE · ${story.mission.name}${speed === 1 ? "" : ` · vehicles move ${speed} times faster than real ones`}` : story.mission.name;
  const banner = element("div", warning, { class: "banner", role: "note", "data-kind": story.mission.kind });
  const list = element("ul", "");
  const log = element("ul", "");
  const panel = element("aside", "", { class: "panel" });
  panel.append(element("h2", "Casualties"), list, element("h2", "Log"), log);
  const slider = element("input", "", { type: "range", min: story.from, max: story.to, step: 100, "aria-label": "Time" });
  slider.value = story.from;
  const play = element("button", "Play", { type: "button" });
  const rate = element("select", "", { "aria-label": "Speed" });
  for (const n of SPEEDS) rate.append(element("option", `${n}×`, { value: n }));
  rate.value = "10";
  const clock = element("output", "");
  const player = element("div", "", { class: "player" });
  player.append(play, rate, slider, clock);
  document.body.prepend(banner);
  document.body.append(panel, player);
  map.invalidateSize();

  let [now, playing, before] = [story.from, false, 0];

  function placeOf(state) {
    if (state[4] !== null) return assets.find((one) => one.id === state[4])?.at ?? state[3];
    if (state[5] !== null) return facilities.get(state[5]) ?? state[3];
    return state[3];
  }

  function drawAssets() {
    for (const one of assets) {
      const fix = lastOf(one.track, now);
      one.at = fix && [fix[1], fix[2]];
      show(one, one.at);
    }
  }

  function drawCasualties() {
    const rows = [];
    for (const one of casualties) {
      const state = lastOf(one.states, now);
      show(one, state && state[4] === null && state[5] === null ? placeOf(state) : null);
      if (!state) continue;
      one.sheet.textContent = SIGNS[state[1]] ?? "?";
      one.sheet.dataset.category = state[1];
      const where = state[4] ?? state[5];
      rows.push(element("li", `${state[1]} ${one.id} · ${state[2].replaceAll("_", " ")}${where ? ` · ${where}` : ""}`, { "data-casualty": one.id }));
    }
    list.replaceChildren(...rows);
  }

  function drawLog() {
    const past = story.lines.filter((line) => line[0] <= now).slice(-LINES).reverse();
    log.replaceChildren(...past.map((line) => element("li", `${utc(line[0]).slice(11)} ${line[1]}`)));
  }

  const utc = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

  function draw() {
    drawAssets();
    drawCasualties();
    drawLog();
    clock.textContent = utc(now);
    slider.value = now;
    slider.setAttribute("aria-valuetext", utc(now));
  }

  function pause() {
    playing = false;
    play.textContent = "Play";
  }

  function step() {
    if (!playing) return;
    const moment = performance.now();
    now = Math.min(story.to, now + (moment - before) * Number(rate.value));
    before = moment;
    draw();
    if (now >= story.to) pause();
    else setTimeout(step, STEP_MS);
  }

  play.addEventListener("click", () => {
    if (playing) return pause();
    if (now >= story.to) now = story.from;
    [playing, before, play.textContent] = [true, performance.now(), "Pause"];
    step();
  });
  slider.addEventListener("input", () => {
    now = Number(slider.value);
    draw();
  });
  window.casevacReplay = { at: () => now, assets: () => assets.map((one) => ({ id: one.id, at: one.at })) };
  draw();
});
