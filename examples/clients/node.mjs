// The official SDK for Node against the front: npm install openai, then
//   SLUICE=http://127.0.0.1:8080/v1 KEY=… node node.mjs
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.SLUICE ?? "http://127.0.0.1:8080/v1",
  apiKey: process.env.KEY ?? "none",
});
const ask = (model, text, more = {}) => client.chat.completions.create({ model, messages: [{ role: "user", content: text }], ...more });

console.log("whole      ", (await ask("sandbox-echo", "What is a sluice?")).choices[0].message.content);

let text = "";
for await (const chunk of await ask("sandbox-echo", "one two three", { stream: true, stream_options: { include_usage: true } })) {
  text += chunk.choices[0]?.delta?.content ?? "";
  if (chunk.usage) text += ` (${chunk.usage.total_tokens} tokens)`;
}
console.log("stream     ", text);

const response = await client.responses.create({ model: "sandbox-echo", input: "a response" });
console.log("response   ", response.output_text);
const embedding = await client.embeddings.create({ model: "any", input: "hello" });
console.log("embedding  ", embedding.data[0].embedding.length, "numbers");
const models = [];
for await (const model of client.models.list()) models.push(model.id);
console.log("models     ", models.slice(0, 3).join(", "));

for (const model of ["sandbox-400", "sandbox-quota", "sandbox-500"]) {
  const begun = Date.now();
  const error = await ask(model, "x").catch(e => e);
  console.log("error      ", model, error.constructor.name, error.status, error.code, Date.now() - begun < 20_000 ? "not tried again and again" : "slow");
}

try {
  for await (const chunk of await ask("sandbox-cut", "one two three four", { stream: true })) void chunk;
  console.log("cut        ", "taken for whole");
} catch (e) {
  console.log("cut        ", e.constructor.name, e.code ?? e.error?.code);
}

const stream = await ask("sandbox-slow", "x ".repeat(50), { stream: true });
for await (const chunk of stream) {
  if (chunk.choices.length) break; // closes the connection, which ends the call
}
console.log("abort      ", stream.controller.signal.aborted);

const once = () => client.chat.completions.create(
  { model: "gpt-4o-mini", messages: [{ role: "user", content: "bill once" }] }, { headers: { "Idempotency-Key": `order-${process.pid}` } });
console.log("once       ", (await once()).id === (await once()).id);
