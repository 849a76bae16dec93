// Makes webhook-vectors.json: webhooks signed by an implementation of Standard Webhooks that shares nothing with the client.
//   npm install --no-save standardwebhooks@1.0.0 && node make-webhook-vectors.mjs > webhook-vectors.json
import { Webhook } from "standardwebhooks";

const event = (channel) =>
  JSON.stringify({
    id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a11",
    type: "recording.completed",
    timestamp: "2026-09-01T08:45:02+00:00",
    sequence: 7,
    cursor: "c7",
    data: { recordingId: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", channel, state: "completed", files: "complete", reason: null },
  });
const secretOf = (bytes, first) => "whsec_" + Buffer.from(Array.from({ length: bytes }, (_, i) => (first + i * 7) % 256)).toString("base64");
const at = (seconds) => new Date(seconds * 1000);

const cases = [
  // The example of the specification's own libraries.
  { name: "the libraries' example", secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1614265330, body: '{"test": 2432232314}' },
  { name: "24 bytes", secrets: [secretOf(24, 1)], id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a11", seconds: 1788252302, body: event("maths-7b") },
  { name: "32 bytes", secrets: [secretOf(32, 200)], id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a12", seconds: 1788252302, body: event("physics 7b !#$%&()") },
  { name: "64 bytes", secrets: [secretOf(64, 77)], id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a13", seconds: 1788252302, body: event("maths-7b") },
  { name: "not ASCII", secrets: [secretOf(32, 5)], id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a14", seconds: 1788252302, body: event("Größe 👩‍🏫") },
  { name: "blanks and line ends", secrets: [secretOf(32, 9)], id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a15", seconds: 1788252302, body: ` ${JSON.stringify(JSON.parse(event("maths-7b")), null, 2)}\r\n` },
  { name: "two secrets during a rotation", secrets: [secretOf(32, 20), secretOf(32, 120)], id: "019900b7-e200-7cc1-9d6e-0f2b7c1d8a16", seconds: 1788252302, body: event("maths-7b") },
];

const vectors = cases.map(({ name, secrets, id, seconds, body }) => ({
  name,
  secrets,
  id,
  timestamp: `${seconds}`,
  body,
  signature: secrets.map((secret) => new Webhook(secret).sign(id, at(seconds), body)).join(" "),
}));
console.log(JSON.stringify(vectors, null, 2));
