import { handleControlPlane } from "./api/app.ts";

export { FunctionLogs } from "./functions/logs.ts";
export { FunctionOutbound } from "./functions/outbound.ts";

export default {
  async fetch(request, env, ctx) {
    return handleControlPlane(request, env, ctx, () => {});
  },
} satisfies ExportedHandler<Env>;
