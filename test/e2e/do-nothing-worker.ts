/** What the runtime makes of a request when no code of ours takes part. */
export default {
  fetch(): Response {
    return new Response("nothing");
  },
};
