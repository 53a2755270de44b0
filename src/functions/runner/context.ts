import { environment } from "./environment.ts";
import type { FunctionCall } from "./protocol.ts";
import { twilioClient } from "./twilio.ts";

/** Returns a function's `context` (contract 5): a variable may take the place of what stands here. */
export function functionContext(call: FunctionCall): object {
  return {
    PATH: call.path,
    DOMAIN_NAME: call.domainName,
    SERVICE_SID: call.serviceSid,
    ENVIRONMENT_SID: call.environmentSid,
    ...environment,
    getTwilioClient: (options?: object) =>
      twilioClient("context.getTwilioClient()", { lazyLoading: true, ...options }),
  };
}
