// Reads a webhook per line (JSON: secret, headers, body in base64, now in seconds) and answers whether the library takes it.
const { createInterface } = require("node:readline");
const { Webhook } = require("standardwebhooks");

createInterface({ input: process.stdin }).on("line", (line) => {
  const { secret, headers, body, now } = JSON.parse(line);
  // The library compares the timestamp with the clock; the receiver's clock is the one of the test.
  Date.now = () => now * 1000;
  let answer;
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64").toString("utf8"), headers);
    answer = { ok: true };
  } catch (error) {
    answer = { ok: false, error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
