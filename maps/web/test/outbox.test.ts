import { describe, expect, it } from "vitest";
import type { Answer, Post } from "../src/commands/outbox";
import { Outbox, inWords, newKey, outcome } from "../src/commands/outbox";

class MemoryShelf {
  kept = new Map<string, string>();
  getItem = (name: string): string | null => this.kept.get(name) ?? null;
  setItem = (name: string, value: string): void => void this.kept.set(name, value);
}

function box(shelf: MemoryShelf, answers: Answer[]): { outbox: Outbox; calls: { path: string; key: string }[]; sent: Post[] } {
  const calls: { path: string; key: string }[] = [];
  const sent: Post[] = [];
  const send = async (path: string, _body: unknown, key: string): Promise<Answer> => {
    calls.push({ path, key });
    return answers.shift() ?? { status: 0, body: null };
  };
  return { outbox: new Outbox(shelf, send, () => undefined, (post) => sent.push(post)), calls, sent };
}
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

describe("the outbox", () => {
  it("keeps a post that failed and sends it again with the same key, also after a reload", async () => {
    const shelf = new MemoryShelf();
    const first = box(shelf, [{ status: 0, body: null }]);
    first.outbox.add("api/requests", { who: "x" }, "Alert", 1);
    await settle();
    expect(first.outbox.posts()).toMatchObject([{ tries: 1, refused: null, body: { who: "x" } }]);
    const reloaded = box(shelf, [{ status: 201, body: {} }]);
    await reloaded.outbox.flush();
    expect(reloaded.calls[0]?.key).toBe(first.calls[0]?.key);
    expect(reloaded.outbox.posts()).toEqual([]);
    expect(reloaded.sent.length).toBe(1);
  });

  it("keeps what the server refused, in the server's words, and goes on with the rest", async () => {
    const { outbox, calls } = box(new MemoryShelf(), [{ status: 422, body: { error: "UnknownPlace", message: "No such place." } }, { status: 201, body: {} }]);
    outbox.add("api/requests", 1, "first", 1);
    outbox.add("api/voice", 2, "second", 2);
    await settle();
    expect(outbox.posts()).toMatchObject([{ label: "first", refused: "No such place." }]);
    expect(calls.length).toBe(2);
    outbox.discard(outbox.posts()[0]?.key ?? "");
    expect(outbox.posts()).toEqual([]);
  });

  it("starts afresh from a damaged shelf", () => {
    const shelf = new MemoryShelf();
    shelf.setItem("casevac.outbox", "{not json");
    expect(box(shelf, []).outbox.posts()).toEqual([]);
  });

  it("tells what an answer means", () => {
    const meaning = [200, 201, 400, 409, 422, 408, 429, 500, 503, 0].map((status) => outcome({ status, body: null }));
    expect(meaning).toEqual(["done", "done", "refused", "refused", "refused", "again", "again", "again", "again", "again"]);
    expect(inWords({ status: 418, body: null })).toBe("418");
  });

  it("makes keys that are UUIDs and differ", () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
