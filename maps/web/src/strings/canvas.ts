/** Words of the live layer of the map. */
export const canvas = {
  trails: "Trails",
  trailAge: ["up to 1 min old", "1 to 5 min", "5 to 15 min", "older than 15 min"],
  stale: "hatched: no fix for more than a minute; the age stands beside the name",
  following: (what: string): string => `Following ${what}`,
  followEnds: "S or dragging the map ends it",
  followNothing: "Choose something on the map first; S then keeps it in the middle.",
};
