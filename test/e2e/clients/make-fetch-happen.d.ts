declare module "make-fetch-happen" {
  type Fetch = (url: string, options: { headers: Record<string, string> }) => Promise<Response>;
  const client: { defaults(options: { cachePath: string }): Fetch };
  export default client;
}
