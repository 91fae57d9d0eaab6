/** Words of the frame round every screen. */
import { plural, put } from "./words";

export const shellWords = {
  themeShort: { night: "Night", day: "Day", red: "Red" } as Record<string, string>,
  language: "Language",
  skip: "Skip to the casualties",
  localTime: (clock: string, zone: string): string => put("{clock} {zone}", { clock, zone }),
  lane: (seconds: number): string => put("every {seconds} s", { seconds }),
  lag: (ms: number): string => (ms < 1000 ? put("lag {ms} ms", { ms: Math.round(ms) }) : put("lag {s} s", { s: (ms / 1000).toFixed(1) })),
  clockWrong: (apart: string, ahead: boolean): string =>
    put(ahead ? "The clock of this computer is {apart} ahead of the server's. All times shown are the server's." : "The clock of this computer is {apart} behind the server's. All times shown are the server's.", { apart }),
  staleKept: (age: string): string => put("No connection. What you see was kept on this machine {age} ago. Clocks run on; alerts and radio reports are kept and sent later.", { age }),
  newer: "The server has a newer version of this page.",
  reload: "Reload",
  tableCaption: "Every asset of the map, as text",
  tableFilter: "Filter: words of any column",
  tableCount: (shown: number, all: number): string => (shown === all ? plural(all, { one: "{n} asset", other: "{n} assets" }) : put("{shown} of {all}", { shown, all })),
  columns: { eta: "ETA", to: "To" } as Record<string, string>,
  kept: {
    on: "This machine keeps the page and the last picture, so that a reload without network still shows them. Logging out wipes the picture.",
    off: "Nothing of the picture is kept on this machine: a reload without network shows no casualties.",
    impossible: "A reload without network cannot work here: the browser allows it on https and on this machine itself only.",
    shared: "Shared machine: keep nothing of the picture on it",
  },
  summary: {
    waiting: (n: number): string => plural(n, { one: "{n} casualty waiting", other: "{n} casualties waiting" }),
    moving: (n: number): string => plural(n, { one: "{n} on the way", other: "{n} on the way" }),
    breached: (n: number): string => plural(n, { one: "{n} has missed a limit", other: "{n} have missed a limit" }),
    soon: (n: number, step: string, left: string): string => put(plural(n, { one: "{n} will miss {step} in {left}", other: "{n} will miss a limit, the first {step} in {left}" }), { step, left }),
    none: "No casualties.",
    offline: "The link is down.",
    back: "The link is live again.",
  },
};
