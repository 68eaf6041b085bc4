// Writes into the function's log which execution environment runs a call, and since when it lives.
// Goes into a function's package: import { report } from "./execution_environment.mjs", and in the
// handler, first, report().
import { randomBytes } from "node:crypto";

const born = {
  log_stream: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  instance: randomBytes(8).toString("hex"),
  initialized_at: Date.now() / 1000,
  initialization_type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE,
};

export function report() {
  process.stdout.write(JSON.stringify({ execution_environment: born }) + "\n");
}
