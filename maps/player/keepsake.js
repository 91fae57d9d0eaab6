"use strict";
// Only counts: how old this page is, and how the clocks on it run on. Without it the times stand as they were written.
(() => {
  const written = Date.parse(document.querySelector("time.at").dateTime);
  const age = document.querySelector(".age");
  const words = (ms) => {
    const minutes = Math.floor(ms / 60000);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, "0")} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
  };
  const tick = () => {
    const now = Date.now();
    const old = now - written;
    age.textContent = old < -60000 ? "written in the future by this computer's clock: one of the two is wrong" : `${words(Math.max(0, old))} old`;
    age.classList.toggle("old", old > 180000 || old < -60000);
    for (const cell of document.querySelectorAll("[data-limit]")) {
      const left = Date.parse(cell.dataset.limit) - now;
      cell.textContent = left < 0 ? `${words(-left)} over` : `${words(left)} left`;
      cell.classList.toggle("bad", left < 0);
    }
  };
  tick();
  setInterval(tick, 1000);
})();
