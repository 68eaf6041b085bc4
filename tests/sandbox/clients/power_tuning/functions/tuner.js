// The six functions of a tuner: they call Lambda as aws-lambda-power-tuning's do, and are our own.
// The SDK is the runtime's.

const {
  CreateAliasCommand, DeleteAliasCommand, DeleteFunctionCommand, GetAliasCommand,
  GetFunctionConfigurationCommand, InvokeCommand, LambdaClient, PublishVersionCommand,
  ResourceNotFoundException, UpdateAliasCommand, UpdateFunctionConfigurationCommand,
  waitUntilFunctionActive, waitUntilFunctionUpdated,
} = require("@aws-sdk/client-lambda");

const clientFor = (arn) => new LambdaClient({ region: arn.split(":")[3], maxAttempts: 20 });
const upTo = (count) => [...Array(count).keys()];

function aliases({ sizes, num, onlyColdStarts }) {
  return sizes.flatMap((size) =>
    onlyColdStarts ? upTo(num).map((n) => ({ size, alias: `M${size}-${n}` })) : [{ size, alias: `M${size}` }],
  );
}

exports.initialize = async ({ lambdaARN, sizes, num, onlyColdStarts }) => {
  const wanted = sizes ?? process.env.SIZES.split(",").map(Number);
  const asked = new GetFunctionConfigurationCommand({ FunctionName: lambdaARN, Qualifier: "$LATEST" });
  const { MemorySize, Description } = await clientFor(lambdaARN).send(asked);
  const steps = aliases({ sizes: wanted, num, onlyColdStarts }).map(({ size, alias }) => ({
    size, alias, description: onlyColdStarts ? `${Description} - ${alias}` : undefined,
  }));
  steps.push({ size: MemorySize, description: Description }); // the way it was
  return { sizes: wanted, steps, iterator: { index: 0, count: steps.length, continue: true } };
};

async function configure(lambdaARN, { size, alias, description }) {
  const client = clientFor(lambdaARN);
  const FunctionName = lambdaARN;
  const changed = { FunctionName, MemorySize: Number(size), Description: description };
  await client.send(new UpdateFunctionConfigurationCommand(changed));
  await waitUntilFunctionUpdated({ client, minDelay: 1, maxWaitTime: 60 }, { FunctionName });
  const { Version } = await client.send(new PublishVersionCommand({ FunctionName }));
  if (alias === undefined) return;
  const given = { FunctionName, Name: alias, FunctionVersion: Version };
  try {
    await client.send(new GetAliasCommand({ FunctionName, Name: alias }));
    await client.send(new UpdateAliasCommand(given));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateAliasCommand(given));
  }
}

exports.publish = async ({ lambdaARN, plan }) => {
  const { index, count } = plan.iterator;
  await configure(lambdaARN, plan.steps[index]);
  const next = { ...plan, iterator: { index: index + 1, count, continue: index + 1 < count } };
  if (!next.iterator.continue) delete next.steps;
  return next;
};

function figure(log, name) {
  return Number(new RegExp(`\\t${name}: ([\\d.]+) ms`).exec(log)?.[1] ?? 0);
}

async function measure(client, FunctionName, Qualifier, payload) {
  const Payload = typeof payload === "string" ? payload : JSON.stringify(payload);
  const invocation = new InvokeCommand({ FunctionName, Qualifier, Payload, LogType: "Tail" });
  const answer = await client.send(invocation);
  const text = Buffer.from(answer.Payload).toString();
  if (answer.FunctionError) throw new Error(`Invocation error: ${text}`);
  const log = Buffer.from(answer.LogResult, "base64").toString();
  const init = figure(log, "Init Duration");
  return { duration: figure(log, "Duration") + init, billed: figure(log, "Billed Duration"), init };
}

exports.execute = async ({ input, value }) => {
  const { lambdaARN, num, payload, parallelInvocation, onlyColdStarts } = input;
  const client = clientFor(lambdaARN);
  const names = aliases({ sizes: [value], num, onlyColdStarts }).map(({ alias }) => alias);
  const aliasOf = (n) => names[n % names.length];
  const asked = { FunctionName: lambdaARN, Qualifier: aliasOf(0) };
  const { Architectures, State } = await client.send(new GetFunctionConfigurationCommand(asked));
  const run = async (n) => {
    const Qualifier = aliasOf(n);
    if (onlyColdStarts || State === "Pending") {
      await waitUntilFunctionActive({ client, maxWaitTime: 60 }, { FunctionName: lambdaARN, Qualifier });
    }
    return measure(client, lambdaARN, Qualifier, payload);
  };
  const results = [];
  if (parallelInvocation) results.push(...(await Promise.all(upTo(num).map(run))));
  else for (const n of upTo(num)) results.push(await run(n));
  const mean = (of) => results.reduce((sum, one) => sum + one[of], 0) / results.length;
  return {
    value, architecture: Architectures[0], averageDuration: mean("duration"),
    averagePrice: mean("billed") * value, coldStarts: results.filter((one) => one.init > 0).length,
  };
};

exports.clean = async ({ lambdaARN, num, onlyColdStarts, plan }) => {
  const client = clientFor(lambdaARN);
  const FunctionName = lambdaARN;
  await Promise.all(aliases({ sizes: plan.sizes, num, onlyColdStarts }).map(async ({ alias }) => {
    try {
      const { FunctionVersion } = await client.send(new GetAliasCommand({ FunctionName, Name: alias }));
      await client.send(new DeleteAliasCommand({ FunctionName, Name: alias }));
      await client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: FunctionVersion }));
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  }));
  return "OK";
};

exports.analyze = async ({ stats }) => {
  const [best] = [...stats].sort((one, other) => one.averagePrice - other.averagePrice);
  return { power: best.value, cost: best.averagePrice, duration: best.averageDuration, stats };
};

exports.optimize = async ({ lambdaARN, analysis, autoOptimize, autoOptimizeAlias }) => {
  if (!autoOptimize) return "nothing to do";
  await configure(lambdaARN, { size: analysis.power, alias: autoOptimizeAlias });
  return "OK";
};
