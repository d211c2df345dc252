// A client of a few lines, by the types that openapi-typescript makes of the OpenAPI document.
import type { paths } from "./reunite";

type Json<Content> = Content extends { content: { "application/json": infer Value } } ? Value : never;
type Post<Path extends keyof paths> = NonNullable<paths[Path]["post"]>;
type Body<Path extends keyof paths> = Post<Path> extends { requestBody: infer Content }
  ? Json<Content>
  : never;
type Answer<Path extends keyof paths> = Post<Path> extends { responses: { 200: infer Content } }
  ? Json<Content>
  : never;

export async function post<Path extends keyof paths>(
  url: string,
  path: Path,
  body: Body<Path>,
  id?: number,
): Promise<Answer<Path>> {
  const response = await fetch(url + path.replace("{id}", String(id)), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer<Path>;
}

// Never called: what the types allow, and what they do not.
export async function typed(url: string): Promise<number[]> {
  await post(url, "/links/{id}/revoke", {}, 1);
  await post(url, "/links/{id}/reject", {}, 1);
  await post(url, "/links/{id}/approve", {}, 1);
  await post(url, "/links", { contactIds: [1, 2] });
  await post(url, "/separations", { contactIds: [1, 2] });
  await post(url, "/persons/{id}/split", { contactIds: [2] }, 1);
  await post(url, "/persons/{id}/erase", {}, 1);
  await post(url, "/identifiers/retire", { phoneNumber: "800500" });
  await post(url, "/resolve", { email: "lorraine@hillvalley.edu" });
  await post(url, "/policy/simulate", { preset: "protect" });
  await post(url, "/normalize", { phoneNumber: 123456 });
  await post(url, "/persons/explain", { from: { contactId: 1 }, to: { email: null } });
  await post(url, "/identify/batch", { requests: [{ email: "a@hillvalley.edu" }] });
  // @ts-expect-error  There is no such field.
  await post(url, "/identify", { phone: "123456" });
  // @ts-expect-error  Ids are numbers.
  await post(url, "/links", { contactIds: ["1", "2"] });
  // @ts-expect-error  A body is needed.
  await post(url, "/persons/{id}/erase");
  const { contact } = await post(url, "/identify", { email: "lorraine@hillvalley.edu" });
  return [contact.primaryContactId, ...contact.secondaryContactIds];
}
