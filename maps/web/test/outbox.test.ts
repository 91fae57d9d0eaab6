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

  it("lets the rest pass one at which the server fails again and again, and keeps that one", async () => {
    const fails = { status: 500, body: null };
    const { outbox, calls, sent } = box(new MemoryShelf(), [fails, fails, fails, { status: 201, body: {} }]);
    outbox.add("api/voice", 1, "bad", 1);
    await settle();
    outbox.add("api/requests", 2, "alert", 2);
    await settle();
    expect(calls.map((one) => one.path)).toEqual(["api/voice", "api/voice"]);
    await outbox.flush();
    expect(sent.map((one) => one.label)).toEqual(["alert"]);
    expect(outbox.posts()).toMatchObject([{ label: "bad", refused: null, tries: 3 }]);
  });

  it("keeps words through a login, and sends them after it", async () => {
    const { outbox, calls, sent } = box(new MemoryShelf(), [{ status: 401, body: { error: "LoginNeeded", message: "log in first" } }, { status: 201, body: {} }]);
    outbox.sendAs("amina");
    outbox.add("api/requests", 1, "first", 1);
    await settle();
    outbox.sendAs(null);
    await outbox.flush();
    expect(outbox.posts()).toMatchObject([{ refused: null, by: "amina" }]);
    expect(calls.length).toBe(1);
    outbox.sendAs("amina");
    await settle();
    expect(sent).toMatchObject([{ label: "first", key: calls[0]?.key }]);
    expect(outbox.posts()).toEqual([]);
  });

  it("never sends the words of one person as those of another, unless that one says so", async () => {
    const { outbox, calls } = box(new MemoryShelf(), [{ status: 0, body: null }, { status: 201, body: {} }, { status: 201, body: {} }]);
    outbox.sendAs("amina");
    outbox.add("api/requests", 1, "amina's", 1);
    await settle();
    outbox.sendAs("musa");
    outbox.add("api/requests", 2, "musa's", 2);
    await settle();
    expect(outbox.posts()).toMatchObject([{ label: "amina's", by: "amina" }]);
    expect(outbox.isMine(outbox.posts()[0] as Post)).toBe(false);
    expect(calls.length).toBe(2);
    outbox.adopt(outbox.posts()[0]?.key ?? "");
    await settle();
    expect(outbox.posts()).toEqual([]);
    expect(calls[2]?.key).toBe(calls[0]?.key);
  });

  it("sends words without a name for whoever is there, as on a machine without accounts", async () => {
    const { outbox, sent } = box(new MemoryShelf(), [{ status: 0, body: null }, { status: 201, body: {} }]);
    outbox.add("api/requests", 1, "old", 1);
    await settle();
    outbox.sendAs("amina");
    await settle();
    expect(sent.length).toBe(1);
  });

  it("starts afresh from a damaged shelf", () => {
    const shelf = new MemoryShelf();
    shelf.setItem("casevac.outbox", "{not json");
    expect(box(shelf, []).outbox.posts()).toEqual([]);
  });

  it("tells what an answer means", () => {
    const meaning = [200, 201, 400, 403, 409, 422, 401, 408, 429, 500, 503, 0].map((status) => outcome({ status, body: null }));
    expect(meaning).toEqual(["done", "done", "refused", "refused", "refused", "refused", "again", "again", "again", "again", "again", "again"]);
    expect(inWords({ status: 418, body: null })).toBe("418");
  });

  it("makes keys that are UUIDs and differ", () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
