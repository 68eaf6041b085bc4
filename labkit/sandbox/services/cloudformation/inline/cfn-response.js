// Answers CloudFormation for a custom resource; a function written in a template finds it beside it.
// Source: CloudFormation User Guide, "cfn-response module".

const SUCCESS = "SUCCESS";
const FAILED = "FAILED";

function send(event, context, status, data, physicalId, noEcho) {
  const stream = context.logStreamName;
  const answer = JSON.stringify({
    Status: status,
    Reason: `See the details in CloudWatch Log Stream: ${stream}`,
    PhysicalResourceId: physicalId || stream,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  });
  const to = new URL(event.ResponseURL);
  const transport = require(to.protocol.slice(0, -1));
  const headers = { "content-type": "", "content-length": Buffer.byteLength(answer) };
  return new Promise((resolve) => {
    const end = () => resolve(context.done?.());
    const request = transport.request(to, { method: "PUT", headers }, (response) => {
      console.log(`Status code: ${response.statusCode}`);
      response.resume();
      response.on("end", end);
    });
    request.on("error", (error) => {
      console.log(`send(..) failed executing https.request(..): ${error}`);
      end();
    });
    request.end(answer);
  });
}

module.exports = { SUCCESS, FAILED, send };
