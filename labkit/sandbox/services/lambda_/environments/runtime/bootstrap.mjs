// The Node.js runtime of an execution environment: the counterpart of bootstrap.py, with the error
// texts and log forms of AWS's Node.js runtime interface client.

import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import module from "node:module";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";

const ONE_EVENT = "\r"; // joins lines that belong to one log event
const EXTENSIONS = [".js", ".mjs", ".cjs"]; // in the order in which AWS looks for the handler's file

class RuntimeFault extends Error {
  constructor(kind, message) {
    super(message);
    this.name = kind;
  }
}

const CALLBACKS_ARE_GONE =
  "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
  "You need to modify this function to use a supported handler signature to use Node.js 24 or " +
  "later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

let requestId = "undefined";

function writeEvent(text) {
  fs.writeSync(1, text.replace(/\n/g, ONE_EVENT) + "\n");
}

const inJson = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";

// A stack without the lines of this file.
function ownLines(stack) {
  const isOurs = (line) => /^\s+at /.test(line) && line.includes(import.meta.url);
  return stack.split("\n").filter((line) => !isOurs(line));
}

function formatted(timestamp, level, args) {
  if (!inJson) {
    return `${timestamp}\t${requestId}\t${level}\t${ownLines(util.format(...args)).join("\n")}`;
  }
  const line = { timestamp, level, requestId };
  if (args.length !== 1) {
    const error = args.find((one) => one instanceof Error);
    return JSON.stringify({ ...line, message: util.format(...args), ...(error && errorFields(error)) });
  }
  try {
    return JSON.stringify({ ...line, message: args[0] }, withErrors);
  } catch {
    return JSON.stringify({ ...line, message: util.format(args[0]) });
  }
}

function errorFields(error) {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? ownLines(error.stack) : [],
  };
}

// JSON has nothing of an error by itself.
function withErrors(_, value) {
  return value instanceof Error ? { ...errorFields(value), ...value } : value;
}

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

function patchConsole() {
  const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };
  // Only the log format JSON has a level below which nothing is written.
  const least = inJson ? LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL) : -1;
  for (const [method, level] of Object.entries(levels)) {
    const isWritten = LEVELS.indexOf(level) >= least;
    console[method] = (...args) => {
      if (isWritten) writeEvent(formatted(new Date().toISOString(), level, args));
    };
  }
}

function asOnAws(text) {
  return text.replaceAll(process.env.LAMBDA_TASK_ROOT, "/var/task");
}

// AWS's runtime brings the AWS SDK for JavaScript (version 3) along; this computer's Node.js does not.
const SDK = /Cannot find (?:module|package) '((?:@aws-sdk|@smithy)\/[^'/]+)/;

function explained(text) {
  const missing = SDK.exec(text)?.[1];
  if (!missing) return text;
  return `${text}\nAWS's Node.js runtimes have the AWS SDK for JavaScript; the embedded sandbox has not. Put it ` +
    `into the function's package (npm install ${missing}), bundle it, or put it into a layer. For all ` +
    "functions: start the sandbox with LABKIT_SANDBOX_NODE_MODULES=/…/node_modules, the folder where npm put it.";
}

function describe(error) {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  const stack = asOnAws(error.stack ?? "").split("\n").filter((line) => !line.includes(import.meta.url));
  return { errorType: error.name, errorMessage: explained(asOnAws(error.message)), trace: stack };
}

function logError(kind, failure) {
  const { errorType, errorMessage, trace: stack } = failure;
  const error = { errorType, errorMessage, stack };
  if (inJson) console.error({ ...error, kind });
  else console.error(`${kind} \t${JSON.stringify(error)}`);
}

// AWS's runtime looks below NODE_PATH for what an ES module imports, too; Node.js does so for `require` alone.
const RESOLVES = `
let parents;
export function initialize(given) { parents = given; }
export async function resolve(name, context, next) {
  try {
    return await next(name, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || /^[.\\/]|^[a-z]+:/.test(name)) throw error;
    for (const parentURL of parents) {
      try { return await next(name, { ...context, parentURL }); } catch {}
    }
    throw error;
  }
}`;

function findModulesInNodePath() {
  const folders = (process.env.NODE_PATH ?? "").split(":").filter((folder) => folder && fs.existsSync(folder));
  if (!folders.length || !module.register) return;
  const data = folders.map((folder) => pathToFileURL(path.join(path.dirname(folder), "importer.mjs")).href);
  module.register(`data:text/javascript,${encodeURIComponent(RESOLVES)}`, { data });
}

async function loadModule(file) {
  findModulesInNodePath();
  try {
    return await import(pathToFileURL(file));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeFault("Runtime.UserCodeSyntaxError", String(error));
    }
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error.code)) {
      throw new RuntimeFault("Runtime.ImportModuleError", String(error));
    }
    throw error;
  }
}

async function loadHandler(name) {
  const base = path.basename(name);
  const dot = base.indexOf(".");
  if (dot < 1) throw new RuntimeFault("Runtime.MalformedHandlerName", "Bad handler");
  const wanted = path.join(path.dirname(name), base.slice(0, dot));
  const stem = path.resolve(process.env.LAMBDA_TASK_ROOT, wanted);
  const file = EXTENSIONS.map((extension) => stem + extension).find((candidate) => fs.existsSync(candidate));
  if (!file) {
    throw new RuntimeFault("Runtime.ImportModuleError", `Error: Cannot find module '${wanted}'`);
  }
  const loaded = await loadModule(file);
  const find = (from) => base.slice(dot + 1).split(".").reduce((value, key) => value?.[key], from);
  const handler = find(loaded) ?? find(loaded.default);
  if (handler === undefined) {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${name} is not a function`);
  }
  if (!hasCallbacks && handler.length > 2) {
    throw new RuntimeFault("Runtime.CallbackHandlerDeprecated", CALLBACKS_ARE_GONE);
  }
  return handler;
}

// The oldest runtime without callbacks: a handler's promise, or what it returns, is its answer.
const WITHOUT_CALLBACKS = 24;
const major = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1]);
const hasCallbacks = major < WITHOUT_CALLBACKS;

function context(call) {
  const env = process.env;
  return {
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: call.invoked_function_arn,
    awsRequestId: call.request_id,
    clientContext: call.client_context ?? undefined,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline_ms - Date.now()),
  };
}

// What ends a call once the event loop has nothing more to do; nothing while no call runs.
let whenIdle = null;

process.on("beforeExit", () => {
  const end = whenIdle;
  whenIdle = null;
  if (end) setImmediate(end);
});

// A handler with callbacks: its promise is its answer; else what it hands to its callback or to the
// context's functions is, as soon as the event loop is empty or at once; else null, when it is.
function runWithCallbacks(handler, event, call) {
  return new Promise((resolve, reject) => {
    let waits = true;
    const done = (error, result) => {
      whenIdle = null;
      if (error !== undefined && error !== null) reject(error);
      else resolve(result);
    };
    const callback = (error, result) => {
      if (waits) whenIdle = () => done(error, result);
      else done(error, result);
    };
    const given = {
      ...context(call),
      succeed: (result) => done(null, result),
      fail: (error) => done(error ?? "handled"),
      done,
    };
    Object.defineProperty(given, "callbackWaitsForEmptyEventLoop", {
      enumerable: true,
      get: () => waits,
      set: (value) => (waits = value),
    });
    whenIdle = () => done(null, null);
    const returned = handler(event, given, callback);
    if (typeof returned?.then === "function") {
      whenIdle = () => done(null, null);
      returned.then((result) => done(null, result), (error) => done(error ?? "handled"));
    }
  });
}

async function run(handler, event, call) {
  if (hasCallbacks) return runWithCallbacks(handler, event, call);
  return handler(event, context(call));
}

// Where the call's custom resource is to answer CloudFormation; null in other calls.
let answersAt = null;

// On AWS that address is HTTPS at its usual port, and handlers write so, whatever the address says. Here it is neither.
function answerOverHttp() {
  const request = https.request;
  https.request = (...args) => {
    const asked = typeof args[0] === "string" ? new URL(args[0]) : args[0];
    const path = asked.path ?? `${asked.pathname}${asked.search ?? ""}`;
    const host = asked.hostname ?? asked.host;
    if (!answersAt || host !== answersAt.hostname || path !== answersAt.pathname + answersAt.search) {
      return request(...args);
    }
    const more = typeof args[1] === "object" ? args[1] : asked instanceof URL ? {} : asked;
    const { hostname, port } = answersAt;
    const options = { ...more, protocol: "http:", host: hostname, hostname, port, path, agent: undefined };
    return http.request(options, ...args.filter((one) => typeof one === "function"));
  };
  module.syncBuiltinESMExports();
}

function marshal(value) {
  try {
    return JSON.stringify(value === undefined ? null : value);
  } catch (error) {
    throw new RuntimeFault("Runtime.MarshalError", `Unable to stringify response body: ${error.message}`);
  }
}

async function answer(handler, call, event) {
  requestId = call.request_id;
  process.env._X_AMZN_TRACE_ID = call.trace_id;
  try {
    const given = JSON.parse(event);
    const url = given?.ResponseURL;
    answersAt = typeof url === "string" && url.startsWith("http://") ? new URL(url) : null;
    return [{ result: true }, marshal(await run(handler, given, call))];
  } catch (error) {
    const failure = describe(error);
    logError("Invoke Error", failure);
    return [{ error: failure }, ""];
  }
}

function frame(text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

function* unframe(state) {
  while (state.length >= 4) {
    const joined = Buffer.concat(state.chunks);
    const length = joined.readUInt32BE(0);
    state.chunks = [joined];
    if (joined.length < 4 + length) return;
    yield joined.subarray(4, 4 + length).toString();
    state.chunks = [joined.subarray(4 + length)];
    state.length -= 4 + length;
  }
}

// A failure that nobody caught: the call has it for an answer, and the process ends.
function failOutside(send, kind, failure, more, code) {
  const { errorType, errorMessage, trace: stack } = failure;
  const error = { errorType, errorMessage, ...more, stack };
  if (inJson) console.error({ ...error, kind });
  else console.error(`${kind} \t${JSON.stringify(error)}`);
  send({ error: failure, ends: true }, "", () => process.exit(code));
}

function rejected(reason) {
  const inner = describe(reason);
  const errorMessage = reason instanceof Error ? asOnAws(reason.toString()) : String(reason);
  const errorType = "Runtime.UnhandledPromiseRejection";
  const trace = [`${errorType}: ${errorMessage}`, ...inner.trace.slice(1)];
  const { errorType: type, errorMessage: message, trace: stack } = inner;
  const more = { reason: { errorType: type, errorMessage: message, stack }, promise: {} };
  return [{ errorType, errorMessage, trace }, more];
}

// What AWS's runtime has for answers that are streamed.
globalThis.awslambda = {
  streamifyResponse() {
    throw new RuntimeFault("Runtime.NotInTheSandbox", "The embedded sandbox does not stream responses");
  },
};

async function main(settings) {
  patchConsole();
  answerOverHttp();
  const control = new net.Socket({ fd: settings.control, readable: true, writable: true });
  const send = (header, payload = "", sent = undefined) =>
    control.write(Buffer.concat([frame(JSON.stringify(header)), frame(payload)]), sent);
  // The server holds the other end: its end of file is the server's end.
  control.on("close", () => process.kill(0, "SIGKILL"));
  process.on("unhandledRejection", (reason) => {
    const [failure, more] = rejected(reason);
    failOutside(send, "Unhandled Promise Rejection", failure, more, 128);
  });
  process.on("uncaughtException", (error) =>
    failOutside(send, "Uncaught Exception", describe(error), {}, 129),
  );
  send({ started: true });
  let handler;
  try {
    handler = await loadHandler(process.env._HANDLER);
  } catch (error) {
    const failure = describe(error);
    logError("Uncaught Exception", failure);
    send({ init_error: failure });
    control.end(() => process.exit(1));
    return;
  }
  const state = { chunks: [], length: 0 };
  const pending = [];
  control.on("data", async (chunk) => {
    state.chunks.push(chunk);
    state.length += chunk.length;
    pending.push(...unframe(state));
    if (pending.length >= 2) {
      const [call, event] = pending.splice(0, 2);
      control.unref(); // while a call runs, only what it has begun keeps the event loop going
      const [header, payload] = await answer(handler, JSON.parse(call), event);
      control.ref();
      setImmediate(() => send(header, payload)); // after a rejection that nobody handled
    }
  });
  send({ ready: true });
}

await main(JSON.parse(process.argv[2]));
