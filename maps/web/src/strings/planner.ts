/** Words about the planner that the whole page shows; those of its screen are in plan.ts, which comes when it is opened. */
export const plannerWords = {
  silent: (at: string): string => `The planner is silent since ${at}: tasking goes on by the ranked list (key O).`,
  stopped: "The planner does not run: tasking goes on by the ranked list (key O).",
  stuck: (why: string, at: string): string => `No newer plan since ${at}: ${why}. Tasking goes on by the ranked list (key O).`,
  opening: "Opening the plan…",
  unopened: "The screen of the plan could not be fetched: look at the link, or load the page anew.",
  again: "Try again",
};
