import { handleControlPlane } from "./api/app.ts";

export default {
  async fetch(request, env, ctx) {
    return handleControlPlane(request, env, ctx, () => {});
  },
} satisfies ExportedHandler<Env>;
