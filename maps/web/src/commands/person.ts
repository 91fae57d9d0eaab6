/** Who is at the page and what the server lets this person do. Pure. */

export interface Me {
  name: string;
  role: string;
  door: "open" | "asks"; // open: a machine without accounts
  may: string[]; // words of the server's table of rights
}

/** Until the server has said who this is, nothing is held back: the server decides in any case. */
export const NOBODY_YET: Me = { name: "", role: "", door: "open", may: ["*"] };

export const may = (me: Me, what: string): boolean => me.may.includes("*") || me.may.includes(what);

/** Under which name words are kept that cannot be sent yet; empty where anybody may send them. */
export const senderOf = (me: Me): string => (me.door === "open" ? "" : me.name);

/** What was kept of the last visit, or nobody; a damaged note is none. */
export function readMe(text: string | null): Me {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<Me> | null;
    if (typeof kept?.name !== "string" || typeof kept.role !== "string" || !Array.isArray(kept.may)) return NOBODY_YET;
    return { name: kept.name, role: kept.role, door: kept.door === "asks" ? "asks" : "open", may: kept.may.map(String) };
  } catch {
    return NOBODY_YET;
  }
}
